import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { BoundedCache } from './bounded-cache.ts';
import { PasswordChecker } from './password-checker.ts';
import { WatchedFile } from './watched-file.ts';

/** bcrypt as `htpasswd -B`, OpenBSD and Go write it. */
const BCRYPT = /^\$2[abxy]\$(\d\d)\$[./A-Za-z0-9]{53}$/;
/** Checked in place of a user's hash when there is none, so that the answer takes as long. Of nothing anybody knows. */
const NOBODY = '$2b$10$1mN.4gJtP2/DZrYN71Y5Q.iGXy/rjPv8AMvH8zP8Q/.F4iAjI2WvS';
/** bcrypt looks at this many bytes of a password. */
export const MAX_PASSWORD_BYTES = 72;
/** Users whose last successful check is remembered. */
const REMEMBERED_USERS = 10_000;
/** Checks that may wait for their turn; each takes some 60 ms of the processor. */
const MAX_WAITING = 100;

/**
 * A file of users in Apache's form, `user:hash` a line, bcrypt hashes only, as distribution reads it. A successful check is
 * remembered as a keyed hash of the password until the user's line changes: bcrypt is slow on purpose, and docker sends the
 * password with each request.
 */
export class Htpasswd {
  readonly #file: WatchedFile<ReadonlyMap<string, string>>;
  readonly #remembered = new BoundedCache<{ readonly hash: string; readonly proof: Buffer }>(REMEMBERED_USERS);
  readonly #secret = randomBytes(32);
  readonly #checker = new PasswordChecker();
  readonly #underWay = new Map<string, Promise<boolean>>();
  #waiting = 0;

  /** @throws {CredentialFileError} the file cannot be read */
  constructor(path: string) {
    this.#file = new WatchedFile(path, parseHtpasswd);
  }

  /** The user's hash, which changes with the password; `undefined` for a user that is not in the file. */
  findHash(user: string): string | undefined {
    return this.#file.value.get(user);
  }

  /** Is this the user's password? Takes as long for a user that is not there. */
  async check(user: string, password: string): Promise<boolean> {
    const stored = this.findHash(user);
    const hash = stored !== undefined && BCRYPT.test(stored) ? stored : undefined;
    const proof = createHmac('sha256', this.#secret).update(password).digest();
    const known = this.#remembered.get(user);
    if (known !== undefined && known.hash === hash && timingSafeEqual(known.proof, proof)) return true;
    const matches = await this.#compareOnce(password, hash ?? this.#nobody(), proof);
    if (!matches || hash === undefined) return false;
    this.#remembered.set(user, { hash, proof });
    return true;
  }

  /** A hash that costs as much to check as those of the file: as its first. */
  #nobody(): string {
    const [first = ''] = this.#file.value.values();
    return NOBODY.replace('$10$', `$${BCRYPT.exec(first)?.[1] ?? '10'}$`);
  }

  /** A client that opens many connections sends the same password on each: it is checked once. */
  #compareOnce(password: string, hash: string, proof: Buffer): Promise<boolean> {
    const id = `${hash} ${proof.toString('base64')}`;
    const underWay = this.#underWay.get(id);
    if (underWay) return underWay;
    const result = this.#compare(password, hash).finally(() => this.#underWay.delete(id));
    this.#underWay.set(id, result);
    return result;
  }

  /** @throws {CredentialFileError} */
  reload(): void {
    this.#file.reload();
  }

  /** Too many at once are refused: those who guess wait in a line that has an end. */
  async #compare(password: string, hash: string): Promise<boolean> {
    if (this.#waiting >= MAX_WAITING || Buffer.byteLength(password) > MAX_PASSWORD_BYTES * 4) return false;
    this.#waiting += 1;
    try {
      return await this.#checker.matches(password, hash.replace('$2x$', '$2y$'));
    } finally {
      this.#waiting -= 1;
    }
  }
}

/** Blank lines and comments are passed over; a line without a colon is an error, as it is for distribution. */
function parseHtpasswd(text: string): ReadonlyMap<string, string> {
  const users = new Map<string, string>();
  for (const [index, raw] of text.split('\n').entries()) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) continue;
    const colon = line.indexOf(':');
    if (colon < 1) throw new Error(`line ${index + 1}: want user:hash`);
    users.set(line.slice(0, colon), line.slice(colon + 1));
  }
  return users;
}
