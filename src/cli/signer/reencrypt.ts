import { humanCount } from '../../core/index.ts';
import { reencryptKeys, systemRandom } from '../../notary/index.ts';
import { defineCommand, noArguments, UsageError } from '../command.ts';
import { printLine } from '../io.ts';
import { openMeantSigner, signerFlags } from './signer-database.ts';

/** `signer reencrypt`: what the original lacks to be done with an old passphrase. */
export const reencrypt = defineCommand({
  usage: '[OPTIONS] --from ALIAS [--to ALIAS]',
  summary:
    'Encrypt every key under one alias with the passphrase of another. Signers that run need both passphrases\n' +
    'until it is done. Cut off, it goes on where it was the next time.',
  flags: {
    ...signerFlags,
    from: { kind: 'string', value: 'alias', help: 'Alias of the keys' },
    to: { kind: 'string', value: 'alias', help: 'Alias they shall be under (default: the default alias)' },
    format: { kind: 'string', value: 'string', help: 'Format of the report: text or json (default text)' },
  },
  arguments: noArguments,
  parse(flags) {
    const { format = 'text', from } = flags;
    if (format !== 'text' && format !== 'json')
      throw new UsageError(`--format: want text or json, found ${JSON.stringify(format)}`);
    if (from === undefined || from === '') throw new UsageError('--from must be given: the alias of the keys');
    return { configPath: flags.config, from, to: flags.to, isJson: format === 'json' };
  },
  async run({ configPath, from, to: wanted, isJson }, io) {
    await using signer = await openMeantSigner(configPath, io);
    const { rows, config } = signer;
    const to = wanted ?? (config.storage.kind === 'database' ? config.storage.defaultAlias : '');
    if (from.toUpperCase() === to.toUpperCase()) throw new UsageError('--from and --to are the same alias');
    const passphrases = await signer.passphrases();
    const { done, failures } = await reencryptKeys(rows, {
      from,
      to,
      passphrases,
      clock: io.clock,
      random: systemRandom,
    });
    if (isJson) io.stdout.write(`${JSON.stringify({ from, to, done, failures })}\n`);
    else printLine(io.stdout, `${humanCount(done, 'key')} now under ${to}`);
    for (const { keyid, reason } of isJson ? [] : failures) printLine(io.stderr, `${keyid}: left as it is: ${reason}`);
    return failures.length === 0 ? 0 : 1;
  },
});
