/** What the story does by hand, over the wire as kubectl would: a few requests to the API at `url`. */
export class ApiClient {
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
  }

  /** Creates an object in the collection at `path`. Throws with the API's own words when it refuses. */
  create(path: string, object: object): Promise<void> {
    return this.#send('POST', path, 'application/json', object);
  }

  /** Sends a JSON merge patch. */
  patch(path: string, patch: object): Promise<void> {
    return this.#send('PATCH', path, 'application/merge-patch+json', patch);
  }

  delete(path: string): Promise<void> {
    return this.#send('DELETE', path, 'application/json', { propagationPolicy: 'Background' });
  }

  async #send(method: string, path: string, type: string, body: object): Promise<void> {
    const init = { method, headers: { 'content-type': type }, body: JSON.stringify(body) };
    const answer = await fetch(`${this.#url}${path}`, init);
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${(JSON.parse(text) as { message?: string }).message ?? text}`);
  }
}
