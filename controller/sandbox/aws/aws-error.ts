/** A refusal as AWS words it; every wire protocol puts `code` and `message` in its own form. */
export class AwsError extends Error {
  /** `InvalidInstanceID.NotFound`, `ParameterNotFound`, … */
  readonly code: string;
  readonly httpStatus: number;

  constructor(code: string, message: string, httpStatus = 400) {
    super(message);
    this.name = 'AwsError';
    this.code = code;
    this.httpStatus = httpStatus;
  }
}
