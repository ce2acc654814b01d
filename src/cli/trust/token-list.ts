import { defineCommand, noArguments } from '../command.ts';
import { formatTable } from '../table.ts';
import { configuredToken } from './configured-token.ts';
import { openTrustContext } from './trust-context.ts';

/** `trust token list`. */
export const tokenList = defineCommand({
  usage: '',
  summary: 'List the keys that are on the token that is configured',
  arguments: noArguments,
  flags: {},
  parse: () => ({}),
  async run(_, io) {
    const { surroundings } = await openTrustContext(io);
    const keys = await configuredToken(io, surroundings).list();
    const rows = keys.map(({ keyid, role, gun = '' }) => [keyid, role, gun]);
    io.stdout.write(formatTable([['KEY ID', 'ROLE', 'REPOSITORY'], ...rows]));
    return 0;
  },
});
