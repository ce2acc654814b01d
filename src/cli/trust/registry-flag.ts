import type { ImageReference } from '../../core/index.ts';
import { withEngine } from '../engine-session.ts';
import type { FlagSpec } from '../flags.ts';
import type { Io } from '../io.ts';
import type { FetchManifest } from './remote-manifest.ts';

/** Trust data says what is signed; this asks too whether it is there. */
export const REGISTRY_FLAG = {
  registry: {
    kind: 'boolean',
    help: 'Ask the registry too whether it has what is signed, of the size that was signed',
  } as const satisfies FlagSpec,
} as const;

/** Works with a registry at hand, if it is to be asked; an Engine need not be there. */
export function withRegistry<T>(
  isAsked: boolean,
  io: Io,
  work: (fetch: FetchManifest | undefined) => Promise<T>,
): Promise<T> {
  if (!isAsked) return work(undefined);
  return withEngine(io, async (session) => {
    const { registryOf } = await import('./remote-manifest.ts');
    return work((reference: ImageReference) => registryOf(session, io)(reference));
  });
}
