import type { Clock, Log } from '../../core/index.ts';
import type { DatabaseLocation } from '../../storage/index.ts';
import { type RandomBytes, systemRandom } from '../keys/key-vault.ts';
import { KeyRows } from './key-rows.ts';
import { FEWEST_ROUNDS, ROUNDS } from './key-wrap.ts';
import { Passphrases } from './passphrases.ts';
import { openSignerDatabase } from './signer-database.ts';
import { SignerKeys } from './signer-keys.ts';

/** Where a signer's keys are, and what new ones are encrypted under. In memory they are lost at the end. */
export type SignerStorage =
  | { readonly kind: 'memory' }
  | {
      readonly kind: 'database';
      readonly location: DatabaseLocation;
      readonly defaultAlias: string;
      readonly passphrases: Passphrases;
    };

export interface OpenSignerKeys extends AsyncDisposable {
  readonly keys: SignerKeys;
}

/**
 * Opens the keys of a signer, and tries the passphrases.
 * @throws {AliasPassphraseError} that of the default alias is missing, or not the one that keys are encrypted with
 * @throws {MigrationError | DatabaseUnavailableError | DatabaseDriverMissingError}
 */
export async function openSignerKeys(
  storage: SignerStorage,
  { clock, log, random = systemRandom }: { readonly clock: Clock; readonly log: Log; readonly random?: RandomBytes },
): Promise<OpenSignerKeys> {
  const isLasting = storage.kind === 'database';
  const { location, defaultAlias, passphrases } = isLasting ? storage : inMemory(random);
  const database = await openSignerDatabase(location);
  const rounds = isLasting ? ROUNDS : FEWEST_ROUNDS;
  const keys = new SignerKeys({ rows: new KeyRows(database), passphrases, defaultAlias, rounds, clock, log, random });
  try {
    await keys.verifyPassphrases();
  } catch (thrown) {
    await database[Symbol.asyncDispose]();
    throw thrown;
  }
  return { keys, [Symbol.asyncDispose]: () => database[Symbol.asyncDispose]() };
}

function inMemory(random: RandomBytes): Omit<Extract<SignerStorage, { kind: 'database' }>, 'kind'> {
  const alias = 'memory';
  return { location: { kind: 'memory' }, defaultAlias: alias, passphrases: new Passphrases([[alias, random(32)]]) };
}

/** The rows of a signer's database, for those who look after it. @throws {MigrationError | DatabaseUnavailableError | DatabaseDriverMissingError} */
export async function openKeyRows(location: DatabaseLocation): Promise<{ readonly rows: KeyRows } & AsyncDisposable> {
  const database = await openSignerDatabase(location);
  return { rows: new KeyRows(database), [Symbol.asyncDispose]: () => database[Symbol.asyncDispose]() };
}
