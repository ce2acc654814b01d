/** Root of every error thrown on purpose. `code` is stable API; `message` is for people and may change. */
export abstract class TrustSandboxError extends Error {
  abstract readonly code: string;
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** What was thrown, as text for a person: never a stack, never `[object Object]`. */
export function errorMessage(thrown: unknown): string {
  const { message } = (thrown ?? {}) as Partial<Error>; // by its shape: in Jest's realms Node's errors are of another class
  return typeof message === 'string' ? message : String(thrown);
}
