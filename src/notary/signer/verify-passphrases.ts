import { type Log, TrustSandboxError } from '../../core/index.ts';
import type { KeyRows } from './key-rows.ts';
import type { Passphrases } from './passphrases.ts';
import { openRow } from './stored-key.ts';

export interface AliasesInUse {
  readonly rows: KeyRows;
  readonly passphrases: Passphrases;
  /** New keys are encrypted under this one. */
  readonly defaultAlias: string;
  readonly log: Log;
}

/**
 * Opens one key of each alias. A passphrase for new keys that is missing or does not fit is an error; of other aliases it is logged,
 * for their keys alone cannot be used.
 * @throws {AliasPassphraseError}
 */
export async function verifyPassphrases({ rows, passphrases, defaultAlias, log }: AliasesInUse): Promise<void> {
  passphrases.get(defaultAlias);
  for (const { alias, count, newest } of await rows.aliases.countByAlias()) {
    try {
      const row = await rows.aliases.findById(newest);
      if (row) await openRow(row, passphrases);
    } catch (thrown) {
      if (alias.toUpperCase() === defaultAlias.toUpperCase()) throw thrown;
      if (!(thrown instanceof TrustSandboxError)) throw thrown;
      log.error('keys cannot be used', { alias, count, reason: thrown.message });
    }
  }
}
