import type { Actor } from '../../actor.ts';
import { type PrunedCollection, type PruneOptions, prune } from '../prune.ts';
import type { NotaryDatabase } from '../schema.ts';
import { appendEntry } from './audit-log.ts';

/** Prunes, and appends to the audit log what was forgotten of each collection, in the transaction that forgets it. */
export function auditedPrune(
  database: NotaryDatabase,
  options: Omit<PruneOptions, 'inTransaction'>,
  actor: Actor,
): AsyncGenerator<PrunedCollection> {
  return prune(database, {
    ...options,
    inTransaction: (transaction, { gun, files, bytes }) =>
      appendEntry(transaction, {
        at: options.now,
        action: 'prune',
        gun,
        actor,
        note: `${files.length} files, ${bytes} bytes`,
      }),
  });
}
