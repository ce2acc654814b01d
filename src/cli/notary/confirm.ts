import type { Io } from '../io.ts';
import { askLine } from '../prompt.ts';

const YES: ReadonlySet<string> = new Set(['y', 'yes']);

/** Whether the answer to a question already printed is a yes: `y` or `yes`, in any case, alone on its line. */
export async function askConfirmation(io: Io): Promise<boolean> {
  const line = await askLine(io, '');
  return YES.has(line?.trim().toLowerCase() ?? '');
}
