import { errorMessage, parseImageReference } from '../../core/index.ts';
import { describeTrustError, type TrustRepository } from '../../trust/index.ts';
import { printLine } from '../io.ts';
import { openRepository, type TrustContext, throwIfInterrupted } from './trust-context.ts';
import { ContentTrustError } from './trust-error.ts';

/**
 * Does something to the trust data of each repository, one at a time, none keeping the others from theirs. `verb` says what, for the
 * last line.
 * @throws {ContentTrustError} after all were tried, naming those that failed
 */
export async function forEachRepository(
  names: readonly string[],
  verb: string,
  context: TrustContext,
  perform: (repository: TrustRepository, name: string) => Promise<void>,
): Promise<void> {
  const failed: string[] = [];
  for (const name of names) {
    try {
      const repository = await openRepository(context, parseImageReference(name));
      await using _ = await repository.lock();
      await perform(repository, name);
    } catch (thrown) {
      throwIfInterrupted(context.io, thrown);
      const isOurs = thrown instanceof ContentTrustError;
      printLine(context.io.stderr, isOurs ? errorMessage(thrown) : describeTrustError(name, thrown));
      failed.push(name);
    }
  }
  if (failed.length > 0) throw new ContentTrustError(`failed to ${verb}: ${failed.join(', ')}`);
}
