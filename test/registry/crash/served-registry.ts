import { rm } from 'node:fs/promises';
import { listen } from '../../../src/http/index.ts';
import { createRegistry } from '../../../src/registry/index.ts';
import { openFilesystemDriver } from '../../../src/storage/index.ts';

/**
 * Serves the tree at argv[2] until it is killed, purging uploads older than argv[3] ms when it starts, and tells its port.
 * A message is a path to remove: room on the disk.
 */
const [, , root = '', purgeAgeMs = ''] = process.argv;
const registry = createRegistry({ driver: openFilesystemDriver(root), deleteEnabled: true });
if (purgeAgeMs !== '') await registry.purgeUploads(new Date(Date.now() - Number(purgeAgeMs)));
const { address } = await listen(registry.app, { kind: 'tcp', host: '127.0.0.1', port: 0 });
process.on('message', (path) => {
  rm(String(path)).then(
    () => process.send?.('removed'),
    () => process.exit(1),
  );
});
process.on('disconnect', () => process.exit(0));
process.send?.(address.kind === 'tcp' ? address.port : 0);
