import { formatScrubReport, scrub } from '../../registry/index.ts';
import { atMost, defineCommand } from '../command.ts';
import { parseFormat } from '../report-format.ts';
import { openConfiguredStorage, type StorageOptions, storageFlags } from './storage-config.ts';

interface ScrubCommandOptions extends StorageOptions {
  readonly isQuarantining: boolean;
  readonly isJson: boolean;
}

/** `registry scrub`: exits with 1 when something is damaged. */
export const scrubCommand = defineCommand({
  usage: '[OPTIONS] [CONFIG]',
  summary: 'Verify the digest of every blob and manifest. Exits with 1 when one is damaged.',
  flags: {
    quarantine: { kind: 'boolean', help: 'Move damaged blobs aside, so that a push brings them anew' },
    format: { kind: 'string', value: 'string', help: 'Format of the report: text or json (default text)' },
    ...storageFlags,
  },
  arguments: atMost(1),
  parse: ({ quarantine = false, format, root }, [configPath]): ScrubCommandOptions => ({
    configPath,
    root,
    isQuarantining: quarantine,
    isJson: parseFormat(format) === 'json',
  }),
  async run({ isQuarantining, isJson, ...storage }, io) {
    const { driver } = await openConfiguredStorage(storage, io);
    const report = await scrub({ driver, isQuarantining, clock: io.clock, signal: io.signal });
    io.stdout.write(isJson ? `${JSON.stringify(report)}\n` : formatScrubReport(report));
    return report.damaged.length > 0 ? 1 : 0;
  },
});
