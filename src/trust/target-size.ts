import { gatesOf, type VerificationRules, verifyLength } from '../tuf/index.ts';
import type { FoundTarget } from './collection.ts';
import type { TraceSink } from './trace.ts';

/** Finds out how many bytes what was signed has; undefined when nobody can tell. */
export type FindSize = () => Promise<number | undefined>;

/**
 * Compares the size that was signed beside a target's hash with what is there (TUF v1.0.34 §5.7.3). Notary's clients never
 * look at it, so in `compat` nothing is asked. Resolves to false when nobody could tell.
 * @throws {LengthMismatchError} and whatever `find` throws
 */
export async function verifyTargetSize(
  { name, file }: Pick<FoundTarget, 'name' | 'file'>,
  find: FindSize,
  { rules, trace }: { readonly rules: VerificationRules; readonly trace?: TraceSink | undefined },
): Promise<boolean> {
  if (!rules.isLengthExact) return true;
  const found = await find();
  if (found === undefined) return false;
  const gate = gatesOf(name, trace && ((report) => trace({ kind: 'gate', ...report })));
  const facts = () => ({ expected: `${file.length} bytes`, found: `${found} bytes` });
  gate('length', '§5.7.3', () => verifyLength(name, file, found), facts);
  return true;
}
