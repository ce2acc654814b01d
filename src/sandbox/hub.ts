import type { Clock, Log } from '../core/index.ts';
import { type ListenAddress, type Listener, listen } from '../http/index.ts';
import { createRegistry } from '../registry/index.ts';
import { createMemoryDriver } from '../storage/index.ts';
import { buildHubImages, seedRegistry } from './hub-image.ts';

/**
 * Stands in for Docker Hub, so that the walk-through needs no network: a registry in memory with the images that this
 * package carries. Read only in effect: what is pushed to it is gone when it stops.
 */
export async function startHub(
  address: ListenAddress,
  options: { readonly clock?: Clock; readonly log?: Log } = {},
): Promise<Listener> {
  const driver = createMemoryDriver(options.clock ? { clock: options.clock } : {});
  const registry = createRegistry({ driver, ...options });
  await seedRegistry(registry, await buildHubImages());
  return listen(registry.app, address);
}
