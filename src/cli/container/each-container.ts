import { EngineProtocolError, EngineResponseError } from '../../engine/client/index.ts';
import { ExitError } from '../command.ts';
import { type Io, printLine } from '../io.ts';

/**
 * Does something with each container and prints what comes of it, its name unless told otherwise; then says what failed.
 * Containers are seen to at once, and told of in the order asked for.
 * @throws {ExitError} some failed: all messages, one a line
 */
export async function eachContainer(
  { stdout }: Io,
  names: readonly string[],
  work: (name: string) => Promise<string | undefined>,
): Promise<number> {
  const outcomes = await Promise.allSettled(names.map(work));
  const problems: string[] = [];
  outcomes.forEach((outcome, i) => {
    if (outcome.status === 'fulfilled') printLine(stdout, outcome.value ?? names[i]);
    else problems.push(engineMessage(outcome.reason));
  });
  if (problems.length > 0) throw new ExitError(1, problems.join('\n'));
  return 0;
}

/** What the Engine said. @throws whatever was not said by it */
export function engineMessage(thrown: unknown): string {
  if (thrown instanceof EngineResponseError || thrown instanceof EngineProtocolError) return thrown.message;
  throw thrown;
}
