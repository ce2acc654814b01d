import type { Gun, RoleName } from '../../tuf/index.ts';
import type { Notary } from '../notary.ts';
import { Recent } from '../recent.ts';
import type { StoredFile } from '../store/metadata-store.ts';
import { type CacheAges, fileReply } from './reply.ts';

/** An answer that was made ready. As one string, header and body leave in one write, and one TLS record. */
export interface HotAnswer {
  /** Names and values in turn. */
  readonly headers: readonly string[];
  /** Latin-1: a character for each byte. */
  readonly body: string;
}

const KEPT_PATHS = 10_000;

/**
 * Reads of current files that were answered before: what their paths mean, and the answer for each file. Whether a file is still
 * the one to serve is asked anew each time.
 */
export class HotAnswers {
  readonly #notary: Notary;
  readonly #maxAge: number;
  readonly #paths = new Recent<string, { readonly gun: Gun; readonly role: RoleName }>(KEPT_PATHS);
  readonly #answers = new WeakMap<StoredFile, HotAnswer>();

  constructor(notary: Notary, { current }: CacheAges) {
    this.#notary = notary;
    this.#maxAge = current;
  }

  /** `path` is as it was sent. A database that fails is left to the slow way to report. */
  find(path: string): HotAnswer | undefined {
    const known = this.#paths.get(path);
    if (!known) return undefined;
    try {
      const file = this.#notary.findAtOnce(known.gun, known.role);
      return file && (this.#answers.get(file) ?? this.#make(file));
    } catch {
      return undefined;
    }
  }

  /** The current file of `role` was read under this path. */
  note(path: string, gun: Gun, role: RoleName): void {
    this.#paths.set(path, { gun, role });
  }

  #make(file: StoredFile): HotAnswer {
    const { headers, body } = fileReply(file, this.#maxAge, true);
    const answer = { headers: Object.entries(headers).flat(), body: Buffer.from(body).toString('latin1') };
    this.#answers.set(file, answer);
    return answer;
  }
}
