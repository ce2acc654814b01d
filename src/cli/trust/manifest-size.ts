import { familiarName, type ImageReference, isJsonObject } from '../../core/index.ts';
import { type EngineClient, EngineResponseError } from '../../engine/client/index.ts';
import { registryAuth } from '../credentials.ts';
import type { EngineSession } from '../engine-session.ts';
import type { Io } from '../io.ts';
import type { FetchManifest } from './remote-manifest.ts';

/** Finds out how many bytes the manifest or index has that a digest names; undefined when nobody can tell. */
export type FindManifestSize = (reference: ImageReference) => Promise<number | undefined>;

type Asked = Pick<EngineSession, 'config'> & { readonly engine: Pick<EngineClient, 'inspectDistribution'> };

/**
 * Asks the Engine, which knows the way to each registry (Docker Engine API v1.50, `DistributionInspect`); those that cannot
 * be asked it, as podman's, are not relied on, and the registry is. What it refuses is left to the pull, which says why.
 */
export function manifestSizeOf(
  { engine, config }: Asked,
  fetch: FetchManifest,
  io: Pick<Io, 'signal'>,
): FindManifestSize {
  return async (reference) => {
    const name = `${familiarName(reference)}@${reference.digest}`;
    try {
      const auth = await registryAuth(config, reference.domain);
      const { Descriptor: found } = await engine.inspectDistribution(name, { auth, signal: io.signal });
      if (isJsonObject(found) && found.digest === reference.digest && Number.isSafeInteger(found.size)) {
        return Number(found.size);
      }
    } catch (thrown) {
      if (!(thrown instanceof EngineResponseError)) throw thrown;
      if (!/not (supported|implemented)|page not found/i.test(thrown.reason)) return undefined;
    }
    return fetchedSize(reference, fetch, io);
  };
}

async function fetchedSize(
  reference: ImageReference,
  fetch: FetchManifest,
  { signal }: Pick<Io, 'signal'>,
): Promise<number | undefined> {
  try {
    return (await fetch(reference)).bytes.length;
  } catch (thrown) {
    if (signal.aborted) throw thrown;
    return undefined;
  }
}
