import { Server, ServerCredentials, type ServiceDefinition, type sendUnaryData, status } from '@grpc/grpc-js';

/** The engine sends whole checkpoints; grpc's own bound is 4 MiB. */
const MESSAGE_BYTES_MAX = 400 * 1024 * 1024;

/** What the engine shows to the user as the error of one resource or call. */
export class PluginError extends Error {
  readonly code: status;

  constructor(message: string, code: status = status.UNKNOWN) {
    super(message);
    this.code = code;
  }
}

/** A unary gRPC method from a function of the request; what it throws becomes the call's error. */
export function unary<Request, Response>(answer: (request: Request) => Response | Promise<Response>) {
  return async (call: { readonly request: Request }, callback: sendUnaryData<Response>): Promise<void> => {
    let response: Response;
    try {
      response = await answer(call.request);
    } catch (error) {
      callback({ code: codeOf(error), details: messageOf(error) });
      return;
    }
    callback(null, response);
  };
}

const codeOf = (error: unknown) => (error instanceof PluginError ? error.code : status.UNKNOWN);

/** AWS's errors carry their code as the name, which users look for. */
function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error instanceof PluginError || error.name === 'Error' ? error.message : `${error.name}: ${error.message}`;
}

/**
 * Serves a plugin as the engine expects: on a free loopback port, which it prints as its first line. Methods that `methods` lacks
 * are answered with UNIMPLEMENTED. The engine ends the process.
 */
export async function servePlugin(
  service: ServiceDefinition,
  methods: Parameters<Server['addService']>[1],
): Promise<void> {
  const server = new Server({
    'grpc.max_receive_message_length': MESSAGE_BYTES_MAX,
    'grpc.max_send_message_length': MESSAGE_BYTES_MAX,
  });
  server.addService(service, methods);
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) =>
    error === null ? resolve(port) : reject(error),
  );
  process.stdout.write(`${await promise}\n`);
}
