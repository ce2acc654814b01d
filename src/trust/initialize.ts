import type { Clock } from '../core/index.ts';
import { createRootCertificate } from '../pki/index.ts';
import {
  buildRoot,
  buildTargets,
  certificateKey,
  defaultExpires,
  formatRoot,
  formatTargets,
  type Gun,
  openSigner,
  ROOT,
  signMetadata,
  TARGETS,
} from '../tuf/index.ts';
import type { KeyStore } from './key-store.ts';
import type { MetadataCache } from './trust-directory.ts';
import type { TrustServer } from './trust-server.ts';

export interface Initialization {
  readonly gun: Gun;
  readonly cache: MetadataCache;
  readonly server: TrustServer;
  readonly keys: KeyStore;
  readonly clock: Clock;
}

/**
 * Makes root and targets metadata for a GUN and keeps them in the cache, to be sent with the first publish. The root key
 * is `rootKeyid`, else the first there is, else a new one; it stands in root as a certificate for this GUN. The
 * targets key is new; the server holds the keys of snapshot and timestamp.
 * @throws {PassphraseAttemptsError | PassphraseInvalidError} and whatever the server throws
 */
export async function initializeCollection(parts: Initialization, rootKeyid?: string): Promise<void> {
  const { gun, cache, server, keys, clock } = parts;
  const rootKey = await keys.open(rootKeyid ?? (await firstRootKeyid(keys)));
  const certificate = certificateKey(createRootCertificate({ gun, key: rootKey, clock }));
  const targetsKey = await keys.create({ role: TARGETS, gun });
  const timestampKey = await server.getKey(gun, 'timestamp');
  const snapshotKey = await server.getKey(gun, 'snapshot');
  const root = formatRoot(
    buildRoot(
      { root: [certificate], targets: [targetsKey], snapshot: [snapshotKey], timestamp: [timestampKey] },
      { expires: defaultExpires('root', clock.now()) },
    ),
  );
  await cache.put(ROOT, (await signMetadata(root, [openSigner(rootKey, certificate)])).bytes);
  const targets = formatTargets(buildTargets({ expires: defaultExpires('targets', clock.now()) }));
  await cache.put(TARGETS, (await signMetadata(targets, [await keys.signer(targetsKey)])).bytes);
}

/** Keyid of the first root key, made first if there is none. */
export async function firstRootKeyid(keys: KeyStore): Promise<string> {
  const [first] = await keys.listRole(ROOT);
  return first?.keyid ?? (await keys.create({ role: ROOT })).keyid;
}
