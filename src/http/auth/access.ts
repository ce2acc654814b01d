import type { IncomingMessage } from 'node:http';
import { TrustSandboxError } from '../../core/index.ts';

/** A resource, and what is to be done with it (distribution "Token Scope Documentation": type, name, actions). */
export interface Access {
  /** `repository` or `registry`; others are taken as they are. */
  readonly type: string;
  /** Repository name, GUN, or `catalog`. */
  readonly name: string;
  /** `pull`, `push`, `delete`; `*` stands for all of them. */
  readonly actions: readonly string[];
}

/** Who asked, once that is known and allowed. `user` is empty for somebody who has no name. */
export interface Grant {
  readonly user: string;
}

/** Decides who may do what. Built from configuration; both servers ask it before they do anything else. */
export interface AccessController {
  /**
   * Does the request carry credentials that allow all of `access`? With no access, any valid credentials will do.
   * @throws {UnauthorizedError} they are missing, wrong or too weak; it says how to do better
   */
  authorize(request: CredentialedRequest, access: readonly Access[]): Promise<Grant>;
  /** Reads files of users, keys and certificates anew. What cannot be read leaves the old in force, and is thrown. */
  reload(): Promise<void>;
}

/** What of a request its credentials are looked for in. */
export type CredentialedRequest = Pick<IncomingMessage, 'headers'>;

/** 401. `challenge` is the `WWW-Authenticate` that tells a client where and how to get credentials (RFC 9110 §11.6.1). */
export class UnauthorizedError extends TrustSandboxError {
  readonly code = 'UNAUTHORIZED';
  readonly challenge: string;
  readonly access: readonly Access[];
  constructor(challenge: string, access: readonly Access[], options?: ErrorOptions) {
    super('authentication required', options);
    this.challenge = challenge;
    this.access = access;
  }

  /** As distribution and Notary show it in the error's `detail`: one entry for each action, and none at all for none. */
  get detail(): readonly AccessDetail[] | undefined {
    if (this.access.length === 0) return undefined;
    return this.access.flatMap(({ type, name, actions }) =>
      actions.map((action) => ({ Type: type, Class: '', Name: name, Action: action })),
    );
  }
}

/** One action on one resource, in the spelling of Go's encoder. */
export interface AccessDetail {
  readonly Type: string;
  readonly Class: string;
  readonly Name: string;
  readonly Action: string;
}

/** Are all of `wanted` among what was granted? An action `*` that was granted covers every other. */
export function covers(granted: readonly Access[], wanted: readonly Access[]): boolean {
  return wanted.every(({ type, name, actions }) => {
    const allowed = granted.filter((each) => each.type === type && each.name === name).flatMap((each) => each.actions);
    return allowed.includes('*') || actions.every((action) => allowed.includes(action));
  });
}
