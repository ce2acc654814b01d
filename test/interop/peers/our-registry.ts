import { type Listener, listen } from '../../../src/http/index.ts';
import { createRegistry, type RegistryOptions } from '../../../src/registry/index.ts';
import { openFilesystemDriver } from '../../../src/storage/index.ts';

/** Our registry over the storage tree in `root`, in this process. */
export function startOurRegistry(
  root: string,
  address: { readonly host: string; readonly port: number },
  options: Partial<RegistryOptions> = {},
): Promise<Listener> {
  const registry = createRegistry({ driver: openFilesystemDriver(root), deleteEnabled: true, ...options });
  return listen(registry.app, { kind: 'tcp', ...address });
}
