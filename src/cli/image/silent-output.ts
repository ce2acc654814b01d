import type { Output } from '../io.ts';

/** Takes text and shows nothing: for `--quiet`. */
export const silentOutput: Output = {
  isTerminal: false,
  columns: undefined,
  write: () => undefined,
  writeBytes: async () => undefined,
};
