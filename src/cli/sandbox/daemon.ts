import { runInBackground } from '../../sandbox/index.ts';
import { defineCommand, noArguments } from '../command.ts';

/** The background process of a sandbox; started by `up`, not by people. */
export const daemon = defineCommand({
  usage: '',
  summary: '',
  flags: {},
  arguments: noArguments,
  parse: () => undefined,
  async run(_, io) {
    await runInBackground(io.signal);
    return 0;
  },
});
