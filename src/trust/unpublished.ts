import {
  acceptRoot,
  acceptSnapshot,
  acceptTargets,
  parseEnvelope,
  ROOT,
  SNAPSHOT,
  type Snapshot,
  TARGETS,
  type Targets,
  type Trusted,
} from '../tuf/index.ts';
import { type Draft, draftOf } from './draft.ts';
import type { UpdateContext } from './update-context.ts';

/**
 * A draft of what the cache has of a GUN that the server does not know: initialised here and not published yet, or lost
 * by the server. `undefined` when the cache has no root or no targets.
 * @throws {TufError} what is there is not in order
 */
export async function findUnpublished({ gun, cache, now, pin }: UpdateContext): Promise<Draft | undefined> {
  const [rootBytes, targetsBytes] = [await cache.find(ROOT), await cache.find(TARGETS)];
  if (!rootBytes || !targetsBytes) return undefined;
  const acceptance = { now, allowExpired: true };
  const root = acceptRoot(parseEnvelope(rootBytes), { gun, ...acceptance, ...(pin.kind !== 'first-use' && { pin }) }); // ours, so no first use
  const targets: Trusted<Targets> = acceptTargets(root, undefined, parseEnvelope(targetsBytes), acceptance);
  const snapshotBytes = await cache.find(SNAPSHOT);
  const snapshot: Trusted<Snapshot> | undefined =
    snapshotBytes && acceptSnapshot(root, undefined, parseEnvelope(snapshotBytes), acceptance);
  return draftOf({ root, targets: new Map([[TARGETS, targets]]), snapshot });
}
