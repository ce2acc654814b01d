import { defineCommand, ExitError, exactly } from '../command.ts';
import { withEngine } from '../engine-session.ts';
import { containerClient } from './container-client.ts';
import { engineMessage } from './each-container.ts';

/** `container rename`, and `rename`. */
export const rename = defineCommand({
  usage: 'CONTAINER NEW_NAME',
  summary: 'Rename a container',
  aliases: ['container rename', 'rename'],
  flags: {},
  arguments: exactly(2),
  parse: (_, [from = '', to = '']) => ({ from: from.trim(), to: to.trim() }),
  async run({ from, to }, io) {
    if (from === '' || to === '') throw new ExitError(1, 'Error: Neither old nor new names may be empty');
    try {
      await withEngine(io, ({ engine }) => containerClient(engine, from).change('rename', { name: to }));
      return 0;
    } catch (thrown) {
      throw new ExitError(1, `${engineMessage(thrown)}\nError: failed to rename container named ${from}`);
    }
  },
});
