import {
  type Access,
  type AccessController,
  type CredentialedRequest,
  type Grant,
  UnauthorizedError,
} from './access.ts';
import { readBasicCredentials } from './basic-credentials.ts';
import { formatChallenge } from './challenge.ts';
import { Htpasswd } from './htpasswd.ts';

/** Everybody in a file of users may do everything (distribution "Configuring a registry", `auth.htpasswd`). */
export class HtpasswdController implements AccessController {
  readonly #challenge: string;
  readonly #users: Htpasswd;

  /** @throws {CredentialFileError} the file cannot be read */
  constructor({ realm, path }: { readonly realm: string; readonly path: string }) {
    this.#challenge = formatChallenge('Basic', [['realm', realm]]);
    this.#users = new Htpasswd(path);
  }

  async authorize(request: CredentialedRequest, access: readonly Access[]): Promise<Grant> {
    const given = readBasicCredentials(request);
    if (!given || !(await this.#users.check(given.user, given.password))) {
      throw new UnauthorizedError(this.#challenge, access);
    }
    return { user: given.user };
  }

  async reload(): Promise<void> {
    this.#users.reload();
  }
}
