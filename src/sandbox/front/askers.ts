const MAX_REMEMBERED = 1000;

/** Which box the latest requests came from, by the address and port they came from, `127.0.0.1:40000`: what a service knows of whoever asks. */
export class Askers {
  readonly #boxes = new Map<string, string>();

  note(remote: string, box: string | undefined): void {
    this.#boxes.delete(remote); // the port may have been another's
    if (box === undefined) return;
    this.#boxes.set(remote, box);
    const [oldest] = this.#boxes.keys();
    if (this.#boxes.size > MAX_REMEMBERED && oldest !== undefined) this.#boxes.delete(oldest);
  }

  find(remote: string): string | undefined {
    return this.#boxes.get(remote);
  }
}
