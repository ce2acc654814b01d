/** Things started one after the other, ended in the opposite order: all together, or when a later one can't start. */
export class Started implements AsyncDisposable {
  #things: AsyncDisposable[] = [];

  add<T extends AsyncDisposable>(thing: T): T {
    this.#things.push(thing);
    return thing;
  }

  /** Hands everything over to the one returned; disposing of this ends nothing any more. */
  keep(): Started {
    const kept = new Started();
    kept.#things = this.#things;
    this.#things = [];
    return kept;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (let thing = this.#things.pop(); thing; thing = this.#things.pop()) await thing[Symbol.asyncDispose]();
  }
}
