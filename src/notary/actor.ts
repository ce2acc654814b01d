/** Who asked for a change, for the log and the audit log. Neither is a secret. */
export interface Actor {
  /** Whom the token names, or who gave a command; `undefined` where nobody has to say. */
  readonly subject: string | undefined;
  /** IP address that the request came from. */
  readonly address: string | undefined;
}

/** The server itself, or one who need not say. */
export const NOBODY: Actor = { subject: undefined, address: undefined };
