import { EngineProtocolError, EngineResponseError } from '../../engine/client/index.ts';
import { ExitError } from '../command.ts';
import { type Io, printLine } from '../io.ts';

/**
 * Does something with each container and prints what comes of it, its name unless told otherwise, nothing for null; then says what failed.
 * Containers are seen to at once, and told of in the order asked for.
 * @throws {ExitError} some failed: all messages, one a line
 */
export async function eachContainer(
  { stdout }: Io,
  names: readonly string[],
  work: (name: string) => Promise<string | undefined | null>,
): Promise<number> {
  const outcomes = await Promise.allSettled(names.map(async (name) => work(name)));
  const problems: string[] = [];
  outcomes.forEach((outcome, i) => {
    if (outcome.status === 'rejected') problems.push(engineMessage(outcome.reason));
    else if (outcome.value !== null) printLine(stdout, outcome.value ?? names[i]);
  });
  if (problems.length > 0) throw new ExitError(1, problems.join('\n'));
  return 0;
}

/** What the Engine said, or was not asked for. @throws whatever else it was */
export function engineMessage(thrown: unknown): string {
  const isSaid = [EngineResponseError, EngineProtocolError, ExitError].some((kind) => thrown instanceof kind);
  if (isSaid) return (thrown as Error).message;
  throw thrown;
}
