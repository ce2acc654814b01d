import {
  type Envelope,
  type Gun,
  isDelegation,
  isTufError,
  parseEnvelope,
  parseRoot,
  parseSnapshot,
  parseTargets,
  ROOT,
  type RoleName,
  readCommon,
  SNAPSHOT,
  TARGETS,
  TIMESTAMP,
} from '../../tuf/index.ts';
import type { NamedFile } from './difference.ts';
import type { MetadataStore, StoredFile } from './metadata-store.ts';

/** The current file of a role. `envelope` is absent where the bytes are no metadata. */
export interface CurrentRole {
  readonly role: RoleName;
  readonly file: StoredFile;
  readonly envelope: Envelope | undefined;
}

/** What the current file of a role says, unverified. Dates are as they are written. */
export interface RoleView {
  readonly role: string;
  readonly version: number;
  readonly expires: string | undefined;
  readonly sha256: string;
  /** Ids of the keys that the role should be signed by, as root or the parent lists them, and how many of them. */
  readonly keyids: readonly string[];
  readonly threshold: number | undefined;
  /** Ids of the keys that signatures say they are of. */
  readonly signedBy: readonly string[];
  /** Of targets and delegations. */
  readonly targets: readonly NamedFile[];
}

/** Current files of a collection: root, targets, those delegations that the snapshot names, snapshot, timestamp. */
export async function readCurrentRoles(store: MetadataStore, gun: Gun): Promise<readonly CurrentRole[]> {
  const snapshot = await readCurrent(store, gun, SNAPSHOT);
  const delegations = snapshot?.envelope ? delegationsIn(snapshot.envelope) : [];
  const roles = [ROOT, TARGETS, ...delegations, TIMESTAMP];
  const found = await Promise.all(roles.map((role) => readCurrent(store, gun, role)));
  const timestamp = found.pop();
  return [...found, snapshot, timestamp].filter((each) => each !== undefined);
}

/** What is current of a collection, for people to look at. Empty when nothing is stored. */
export async function viewCollection(store: MetadataStore, gun: Gun): Promise<readonly RoleView[]> {
  const roles = await readCurrentRoles(store, gun);
  const listed = keysOf(roles);
  return roles.map(({ role, file, envelope }) => ({
    role,
    version: file.version,
    expires: envelope && readCommon(envelope.signed).expires,
    sha256: file.sha256,
    keyids: listed.get(role)?.keyids ?? [],
    threshold: listed.get(role)?.threshold,
    signedBy: envelope?.signatures.map(({ keyid }) => keyid) ?? [],
    targets: envelope && (role === TARGETS || isDelegation(role)) ? targetsIn(role, envelope) : [],
  }));
}

async function readCurrent(store: MetadataStore, gun: Gun, role: RoleName): Promise<CurrentRole | undefined> {
  const file = await store.findCurrent(gun, role);
  return file && { role, file, envelope: orNothing(() => parseEnvelope(file.bytes)) };
}

function delegationsIn(envelope: Envelope): RoleName[] {
  const snapshot = orNothing(() => parseSnapshot(envelope.signed));
  return [...(snapshot?.meta.keys() ?? [])].filter((name): name is RoleName => isDelegation(name as RoleName)).sort();
}

/** Who signs what: the four roles by root, delegations by their parent. */
function keysOf(
  roles: readonly CurrentRole[],
): ReadonlyMap<string, { readonly keyids: readonly string[]; readonly threshold: number }> {
  const found = new Map<string, { keyids: readonly string[]; threshold: number }>();
  for (const { role, envelope } of roles) {
    if (!envelope) continue;
    if (role === ROOT) {
      const root = orNothing(() => parseRoot(envelope.signed));
      for (const [name, { keyids, threshold }] of root?.roles ?? []) found.set(name, { keyids, threshold });
    } else if (role === TARGETS || isDelegation(role)) {
      const targets = orNothing(() => parseTargets(role, envelope.signed));
      for (const { name, keyids, threshold } of targets?.delegations.roles ?? [])
        found.set(name, { keyids, threshold });
    }
  }
  return found;
}

function targetsIn(role: RoleName, envelope: Envelope): NamedFile[] {
  const targets = orNothing(() => parseTargets(role, envelope.signed));
  return [...(targets?.targets ?? [])].map(([name, { length, hashes }]) => ({
    name,
    length,
    sha256: hashes.get('sha256')?.toString('hex'),
  }));
}

/** Nothing where bytes are not what they should be: `notary-server verify` says so. */
function orNothing<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (thrown) {
    if (isTufError(thrown)) return undefined;
    throw thrown;
  }
}
