import type { Clock, Log } from '../../core/index.ts';
import type { Signature, Signer } from '../../tuf/index.ts';
import { Recent } from '../recent.ts';
import { KeyUnknownError } from './key-request.ts';
import type { KeyRow } from './key-row.ts';
import type { KeyRows } from './key-rows.ts';
import type { Passphrases } from './passphrases.ts';
import { openRow } from './stored-key.ts';

/** A key that was opened, and when its use was last noted, in milliseconds. */
interface OpenKey {
  readonly row: KeyRow;
  readonly signer: Signer;
  notedAt: number | undefined;
}

/** Keys kept open: opening one costs rounds of PBKDF2. */
const OPEN_KEYS = 4096;
/** How often the use of a key is noted. The first time decides something: the key is not given to others as a new one. */
const NOTE_INTERVAL_MS = 3_600_000;

/** What keys are opened with, and where their use is noted. */
export interface KeyOpening {
  readonly rows: KeyRows;
  readonly passphrases: Passphrases;
  readonly clock: Clock;
  readonly log: Log;
}

/** Keys of a signer that are open, and sign. */
export class OpenKeys {
  readonly #open = new Recent<string, Promise<OpenKey>>(OPEN_KEYS);

  /** The row of one that is open already. */
  async find(keyid: string): Promise<KeyRow | undefined> {
    return (await this.#open.get(keyid)?.catch(() => undefined))?.row;
  }

  /** @throws {KeyUnknownError | AliasPassphraseError | KeyUnwrapError | KeyMismatchError} */
  async sign(
    keyid: string,
    content: Uint8Array,
    opening: KeyOpening,
  ): Promise<Signature & { readonly algorithm: string }> {
    const open = await this.#openKey(keyid, opening);
    const signature = await open.signer.sign(content);
    await noteUse(keyid, open, opening);
    return { ...signature, algorithm: open.signer.key.keytype };
  }

  forget(keyid: string): void {
    this.#open.delete(keyid);
  }

  #openKey(keyid: string, opening: KeyOpening): Promise<OpenKey> {
    const known = this.#open.get(keyid);
    if (known) return known;
    const reading = readKey(keyid, opening);
    this.#open.set(keyid, reading);
    reading.catch(() => this.#open.delete(keyid));
    return reading;
  }
}

async function readKey(keyid: string, { rows, passphrases }: KeyOpening): Promise<OpenKey> {
  const row = await rows.find(keyid);
  if (!row) throw new KeyUnknownError(keyid);
  return { row, signer: await openRow(row, passphrases), notedAt: undefined };
}

/** A signature that was made is given, noted or not. */
async function noteUse(keyid: string, open: OpenKey, { rows, clock, log }: KeyOpening): Promise<void> {
  const now = clock.now();
  if (open.notedAt !== undefined && Math.abs(now.getTime() - open.notedAt) < NOTE_INTERVAL_MS) return;
  open.notedAt = now.getTime();
  try {
    await rows.markUsed(keyid, now);
  } catch (error) {
    open.notedAt = undefined;
    log.error('the use of a key could not be noted', { keyid, error });
  }
}
