import type { Clock } from '../core/index.ts';
import {
  buildRoot,
  buildTargets,
  defaultExpires,
  fileMetaOf,
  formatRoot,
  formatSnapshot,
  formatTargets,
  type Gun,
  KeyUnusableError,
  type PublicKey,
  ROOT,
  SNAPSHOT,
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
  /** Who holds the snapshot key: docker leaves it to the server, notary keeps it. `server` when absent. */
  readonly snapshotKeyHolder?: 'server' | 'client';
}

/** Whose collection it is to be. */
export interface InitialRoot {
  /** Canonical id of the private root key; the first there is, else a new one, when absent. */
  readonly keyid?: string | undefined;
  /** The key's certificate for this GUN; one is made when absent. */
  readonly certificate?: PublicKey | undefined;
}

/**
 * Makes root and targets metadata for a GUN and keeps them in the cache, to be sent with the first publish. The root key
 * stands in root as a certificate for this GUN. The targets key is new; the server holds the timestamp key.
 * @throws {PassphraseAttemptsError | PassphraseInvalidError} and whatever the server throws
 * @throws {KeyUnusableError} the certificate is for another key
 */
export async function initializeCollection(parts: Initialization, initial: InitialRoot = {}): Promise<void> {
  const { gun, cache, server, keys, clock, snapshotKeyHolder = 'server' } = parts;
  const isSnapshotOurs = snapshotKeyHolder === 'client';
  const rootKeyid = initial.keyid ?? (await firstRootKeyid(keys));
  const certificate = initial.certificate ?? (await keys.certify(rootKeyid, { gun, clock }));
  if (certificate.canonicalKeyid !== rootKeyid) {
    throw new KeyUnusableError('private key does not belong to the public key it should sign for');
  }
  const rootSigner = await keys.signer(certificate);
  const targetsKey = await keys.create({ role: TARGETS, gun });
  const ownSnapshotKey = isSnapshotOurs ? await keys.create({ role: SNAPSHOT, gun }) : undefined;
  const timestampKey = await server.getKey(gun, 'timestamp');
  const snapshotKey = ownSnapshotKey ?? (await server.getKey(gun, 'snapshot'));
  const root = formatRoot(
    buildRoot(
      { root: [certificate], targets: [targetsKey], snapshot: [snapshotKey], timestamp: [timestampKey] },
      { expires: defaultExpires('root', clock.now()) },
    ),
  );
  const targets = formatTargets(buildTargets({ expires: defaultExpires('targets', clock.now()) }));
  const rootBytes = (await signMetadata(root, [rootSigner])).bytes;
  const targetsBytes = (await signMetadata(targets, [await keys.signer(targetsKey)])).bytes;
  await cache.put(ROOT, rootBytes);
  await cache.put(TARGETS, targetsBytes);
  if (!ownSnapshotKey) return cache.remove(SNAPSHOT); // one of an earlier life would not fit
  const snapshot = formatSnapshot({
    version: 1,
    expires: defaultExpires('snapshot', clock.now()),
    meta: new Map([ROOT, TARGETS].map((role, i) => [role, fileMetaOf(i === 0 ? rootBytes : targetsBytes)])),
    extra: {},
  });
  await cache.put(SNAPSHOT, (await signMetadata(snapshot, [await keys.signer(ownSnapshotKey)])).bytes);
}

/** Keyid of the first root key, made first if there is none. */
export async function firstRootKeyid(keys: KeyStore): Promise<string> {
  const [first] = await keys.listRole(ROOT);
  return first?.keyid ?? (await keys.create({ role: ROOT })).keyid;
}
