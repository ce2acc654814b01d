import { openKeyRows, parseSignerConfig, type SignerConfig, serveSigner } from '../../notary/index.ts';
import type { ReadSettings } from '../../settings/index.ts';
import { atMost, defineCommand } from '../command.ts';
import type { Io } from '../io.ts';
import { type OriginalOptions, originalFlags, originalOptions, runOriginal } from './original-program.ts';
import { readSettingsFile } from './settings-file.ts';

/** `serve signer`: a signer in the foreground, by notary-signer's configuration file, flags and `NOTARY_SIGNER_*`. */
export const serveSignerCommand = defineCommand({
  usage: '[OPTIONS] [CONFIG]',
  summary:
    "Keep the keys of Notary servers in the foreground, as notary-signer's configuration file and NOTARY_SIGNER_* variables\n" +
    'say. SIGTERM stops it when calls are done; SIGHUP reads certificates and passphrases anew; SIGUSR1 has the log say\n' +
    'more, SIGUSR2 less.',
  flags: {
    ...originalFlags,
    debug: { kind: 'boolean', hidden: true, help: '' }, // the original serves its profiler
  },
  hasGoFlags: true,
  arguments: atMost(1),
  parse: (flags, [path]): OriginalOptions => originalOptions(flags, path),
  run: (options, io) =>
    runOriginal(
      {
        name: 'notary-signer',
        read: () => readSignerConfig(options.path, io),
        async bootstrap({ storage }) {
          if (storage.kind === 'memory') return;
          await using _ = await openKeyRows(storage.location);
        },
        serve: (config, log) => serveSigner(config, { log, clock: io.clock }),
      },
      options,
      io,
    ),
});

/** @throws {ConfigurationError | ExitError} */
export async function readSignerConfig(path: string | undefined, io: Io): Promise<ReadSettings<SignerConfig>> {
  const file = path === undefined ? undefined : await readSettingsFile(path, io);
  return parseSignerConfig(file, { environment: io.env, cwd: io.cwd });
}
