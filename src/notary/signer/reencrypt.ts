import { type Clock, errorMessage, TrustSandboxError } from '../../core/index.ts';
import type { RandomBytes } from '../keys/key-vault.ts';
import type { KeyRow } from './key-row.ts';
import type { KeyRows } from './key-rows.ts';
import { ENCRYPTION_ALG, KEYWRAP_ALG, ROUNDS } from './key-wrap.ts';
import type { Passphrases } from './passphrases.ts';
import { KeyMismatchError, signerOf, unwrapRow } from './stored-key.ts';

export interface Reencryption {
  readonly from: string;
  readonly to: string;
  readonly passphrases: Passphrases;
  readonly clock: Clock;
  readonly random: RandomBytes;
  /** Rounds of PBKDF2. */
  readonly rounds?: number;
  /** Told after each group of keys. */
  readonly onProgress?: (report: ReencryptionReport) => void;
}

/** How far it has come. Keys that cannot be opened stay as they are. */
export interface ReencryptionReport {
  readonly done: number;
  readonly failures: readonly { readonly keyid: string; readonly reason: string }[];
}

/** Keys encrypted at a time, and written in one transaction. */
const GROUP = 32;

/**
 * Encrypts every key under one alias with the passphrase of another, those of deleted keys too. Each key is at any moment under the
 * one or the other, and only what was opened again with the new passphrase is written; ended half way, it goes on where it was.
 * Signers that run must have both passphrases meanwhile.
 * @throws {AliasPassphraseError} one of the two is not given
 */
export async function reencryptKeys(rows: KeyRows, work: Reencryption): Promise<ReencryptionReport> {
  const { from, to, passphrases, clock, onProgress } = work;
  passphrases.get(from);
  passphrases.get(to);
  const failures: ReencryptionReport['failures'][number][] = [];
  let done = 0;
  for (let last = 0; ; ) {
    const group = await rows.aliases.listUnderAlias(from, last, GROUP);
    last = group.at(-1)?.id ?? last;
    const encrypted = await Promise.all(
      group.map(async (row) => {
        try {
          return [{ from: row, to: await encryptAnew(row, work) }];
        } catch (thrown) {
          if (!(thrown instanceof TrustSandboxError)) throw thrown;
          failures.push({ keyid: row.keyid, reason: errorMessage(thrown) });
          return [];
        }
      }),
    );
    done += await rows.aliases.replaceEncryption(encrypted.flat(), clock.now());
    onProgress?.({ done, failures });
    if (group.length < GROUP) return { done, failures };
  }
}

type Encryption = Pick<KeyRow, 'alias' | 'jwe' | 'keywrapAlg' | 'encryptionAlg'>;

async function encryptAnew(
  row: KeyRow,
  { to, passphrases, random, rounds = ROUNDS }: Reencryption,
): Promise<Encryption> {
  const plain = await unwrapRow(row, passphrases);
  signerOf(row, plain);
  const wrapper = passphrases.get(to);
  const jwe = await wrapper.wrap(plain, { rounds, random });
  const again = await wrapper.unwrap(jwe);
  if (!again.equals(plain)) throw new KeyMismatchError(`key ${row.keyid} did not come out as it went in`);
  return { alias: to, jwe, keywrapAlg: KEYWRAP_ALG, encryptionAlg: ENCRYPTION_ALG };
}
