import type { KeyInfo } from '../../trust/index.ts';
import { defineCommand, noArguments, UsageError } from '../command.ts';
import { formatTable } from '../table.ts';
import { openKeyStore, openTrustContext } from './trust-context.ts';

const FORMATS = ['table', 'json'] as const;

/** `trust key list`. */
export const keyList = defineCommand({
  usage: '[OPTIONS]',
  summary: 'List the private keys that are here',
  aliases: ['trust key list', 'trust key ls'],
  arguments: noArguments,
  flags: {
    format: { kind: 'string', help: 'table, or json: one object a line' },
    quiet: { kind: 'boolean', short: 'q', help: 'Only display ids' },
  },
  parse({ format = 'table', quiet = false }) {
    const known = FORMATS.find((name) => name === format);
    if (!known) throw new UsageError(`unknown format ${JSON.stringify(format)}: table or json`);
    return { format: known, isQuiet: quiet };
  },
  async run({ format, isQuiet }, io) {
    const keys = [...(await openKeyStore(await openTrustContext(io)).list())].sort(byRole);
    if (isQuiet) io.stdout.write(keys.map(({ keyid }) => `${keyid}\n`).join(''));
    else io.stdout.write(format === 'json' ? keys.map(jsonLine).join('') : table(keys));
    return 0;
  },
});

const jsonLine = ({ keyid, role, gun = '', token }: KeyInfo): string =>
  `${JSON.stringify({ ID: keyid, Role: role, Repository: gun, ...(token !== undefined && { Token: token }) })}\n`;

/** Of tokens nothing is said where there are none. */
function table(keys: readonly KeyInfo[]): string {
  const hasTokens = keys.some(({ token }) => token !== undefined);
  const heading = ['KEY ID', 'ROLE', 'REPOSITORY', ...(hasTokens ? ['TOKEN'] : [])];
  const rows = keys.map(({ keyid, role, gun = '', token = '' }) => [keyid, role, gun, ...(hasTokens ? [token] : [])]);
  return formatTable([heading, ...rows]);
}

/** Root keys first, then signers' keys, which belong to no repository, then by repository. */
function byRole(a: KeyInfo, b: KeyInfo): number {
  const order = ({ role, gun = '', keyid }: KeyInfo): string =>
    [role === 'root' ? '0' : '1', gun, role, keyid].join('\0');
  return order(a) < order(b) ? -1 : 1;
}
