import { humanSize, parseDigest } from '../../core/index.ts';
import { Quarantine } from '../../registry/index.ts';
import { atLeast, defineCommand, noArguments } from '../command.ts';
import { printLine } from '../io.ts';
import { formatTable } from '../table.ts';
import { openConfiguredStorage, storageFlags } from './storage-config.ts';

const flags = {
  config: { kind: 'string', value: 'file', help: "The registry's configuration file" },
  ...storageFlags,
} as const;

/** `registry quarantine ls`. */
export const quarantineLs = defineCommand({
  usage: '[OPTIONS]',
  summary: 'List damaged blobs that scrub moved aside',
  flags,
  arguments: noArguments,
  parse: ({ config, root }) => ({ configPath: config, root }),
  async run(storage, io) {
    const { driver } = await openConfiguredStorage(storage, io);
    const blobs = await new Quarantine(driver, io.clock).list();
    const rows = blobs.map(({ digest, found, size, at }) => [
      digest,
      humanSize(size),
      found ?? '',
      at?.toISOString() ?? '',
    ]);
    io.stdout.write(formatTable([['DIGEST', 'SIZE', 'FOUND', 'SINCE'], ...rows]));
    return 0;
  },
});

/** `registry quarantine restore`: exits with 1 when one of them cannot be put back. */
export const quarantineRestore = defineCommand({
  usage: '[OPTIONS] DIGEST [DIGEST...]',
  summary: 'Put blobs back that scrub moved aside, damaged as they are',
  flags,
  arguments: atLeast(1),
  parse: ({ config, root }, digests) => ({ configPath: config, root, digests: digests.map(parseDigest) }),
  async run({ digests, ...storage }, io) {
    const { driver } = await openConfiguredStorage(storage, io);
    const quarantine = new Quarantine(driver, io.clock);
    let status = 0;
    for (const digest of digests) {
      if (await quarantine.restore(digest)) {
        printLine(io.stdout, `restored: ${digest}`);
      } else {
        printLine(io.stderr, `not restored: ${digest}: not in quarantine, or pushed anew since`);
        status = 1;
      }
    }
    return status;
  },
});
