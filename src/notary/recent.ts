/** The last `capacity` things asked for, so that what is slow to make is made once. */
export class Recent<Key, Value> {
  readonly #capacity: number;
  readonly #values = new Map<Key, Value>();
  readonly #onForget: (key: Key, value: Value) => void;

  constructor(capacity: number, onForget: (key: Key, value: Value) => void = () => undefined) {
    this.#capacity = capacity;
    this.#onForget = onForget;
  }

  get(key: Key): Value | undefined {
    const value = this.#values.get(key);
    if (value !== undefined) this.set(key, value);
    return value;
  }

  delete(key: Key): void {
    this.#values.delete(key);
  }

  set(key: Key, value: Value): void {
    this.#values.delete(key);
    this.#values.set(key, value);
    if (this.#values.size <= this.#capacity) return;
    for (const [oldest, forgotten] of this.#values) {
      this.#values.delete(oldest);
      this.#onForget(oldest, forgotten);
      return;
    }
  }
}
