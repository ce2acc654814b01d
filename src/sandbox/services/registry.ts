import { mkdir } from 'node:fs/promises';
import { listen } from '../../http/index.ts';
import { createRegistry } from '../../registry/index.ts';
import { openFilesystemDriver } from '../../storage/index.ts';
import { folderAt, type RunningService, type ServiceContext } from '../service.ts';
import { listenAddress } from './listen-address.ts';

const ROOT = '/var/lib/registry';
const PORT = 5000;

/** A registry over its folder, in plain HTTP as the page's. */
export async function startRegistryService(context: ServiceContext): Promise<RunningService> {
  const { clock, log } = context;
  const folder = folderAt(context, ROOT, 'registry');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const registry = createRegistry({ driver: openFilesystemDriver(folder), clock, log, deleteEnabled: true });
  const listener = await listen(registry.app, listenAddress(context, PORT));
  return {
    port: listener.address.kind === 'tcp' ? listener.address.port : PORT,
    mounts: [{ source: folder, target: ROOT, readOnly: false }],
    [Symbol.asyncDispose]: () => listener[Symbol.asyncDispose](),
  };
}
