import {
  buildRoot,
  buildTargets,
  defaultExpires,
  type Envelope,
  fileMetaOf,
  formatRoot,
  formatSnapshot,
  formatTargets,
  type PublicKey,
  type Root,
  type Signer,
  signMetadata,
  type Targets,
} from '../../src/tuf/index.ts';
import { newCertificateSigner, newSigner, newTarget, TEST_NOW } from '../tuf-repository.ts';

export const DELEGATIONS = ['targets/a', 'targets/b', 'targets/a/deep'] as const;
export type DelegationName = (typeof DELEGATIONS)[number];

/** The state of a collection as its owner keeps it: what was published last, and who signs what. */
export interface CollectionState {
  readonly root: Root;
  readonly targets: ReadonlyMap<string, Targets>;
  readonly signers: {
    readonly root: Signer;
    readonly targets: Signer;
    /** Absent while the server has it. */
    readonly snapshot: Signer | undefined;
    readonly delegations: ReadonlyMap<string, Signer>;
  };
  readonly snapshotVersion: number;
  /** Bytes of the current files, by role. */
  readonly files: ReadonlyMap<string, Buffer>;
}

/** An update as it is to be uploaded, and the state after it. */
export interface PlannedUpdate {
  readonly files: ReadonlyMap<string, Buffer>;
  readonly after: CollectionState;
}

/** What an owner may do. Numbers choose among what there is. */
export type Step =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'targets'; readonly names: readonly string[]; readonly by: number }
  | { readonly kind: 'delegate'; readonly role: DelegationName }
  | { readonly kind: 'delegated'; readonly role: DelegationName; readonly names: readonly string[] }
  | { readonly kind: 'rotate-root' }
  | { readonly kind: 'rotate-targets' }
  | { readonly kind: 'rotate-server-key'; readonly role: 'timestamp' | 'snapshot' };

export type ServerKeysOf = Readonly<Record<'timestamp' | 'snapshot', PublicKey>>;

/** The first publication of a collection. */
export async function planFirst(gun: string, server: ServerKeysOf, hasSnapshotKey: boolean): Promise<PlannedUpdate> {
  const signers = {
    root: newCertificateSigner(gun),
    targets: newSigner(),
    snapshot: hasSnapshotKey ? newSigner() : undefined,
    delegations: new Map<string, Signer>(),
  };
  const root = buildRoot(
    {
      root: [signers.root.key],
      targets: [signers.targets.key],
      snapshot: [signers.snapshot?.key ?? server.snapshot],
      timestamp: [server.timestamp],
    },
    { expires: defaultExpires('root', TEST_NOW) },
  );
  const targets = new Map([['targets', buildTargets({ expires: defaultExpires('targets', TEST_NOW) })]]);
  const state: CollectionState = { root, targets, signers, snapshotVersion: 0, files: new Map() };
  return sign(state, ['root', 'targets'], [signers.root]);
}

/** The update of a step, or `undefined` when there is nothing to do it to. `newServerKey` makes a key of the server's. */
export async function plan(
  gun: string,
  state: CollectionState,
  step: Step,
  newServerKey: (role: 'timestamp' | 'snapshot') => Promise<PublicKey>,
): Promise<PlannedUpdate | undefined> {
  const { signers, root } = state;
  switch (step.kind) {
    case 'nothing':
      return sign(state, []);
    case 'targets':
      return sign(withTargets(state, 'targets', step.names, step.by), ['targets']);
    case 'delegate': {
      const parent = step.role.replace(/\/[^/]+$/, '');
      const listing = state.targets.get(parent);
      if (!listing || signers.delegations.has(step.role)) return undefined;
      const signer = newSigner();
      const added = { name: step.role, keyids: [signer.key.keyid], threshold: 1, paths: [''], extra: {} };
      const delegations = {
        ...listing.delegations,
        keys: new Map([...listing.delegations.keys, [signer.key.keyid as string, signer.key]]),
        roles: [...listing.delegations.roles, added as (typeof listing.delegations.roles)[number]],
      };
      const own = { ...buildTargets({ expires: defaultExpires('targets', TEST_NOW) }), version: 1 };
      const targets = new Map([
        ...state.targets,
        [parent, { ...listing, version: listing.version + 1, delegations }],
        [step.role as string, own],
      ]);
      const known = new Map([...signers.delegations, [step.role as string, signer]]);
      return sign({ ...state, targets, signers: { ...signers, delegations: known } }, [parent, step.role]);
    }
    case 'delegated':
      if (!state.targets.has(step.role)) return undefined;
      return sign(withTargets(state, step.role, step.names, 1), [step.role]);
    case 'rotate-root': {
      const next = newCertificateSigner(gun);
      const after = { ...state, root: withKey(root, 'root', next.key), signers: { ...signers, root: next } };
      return sign(after, ['root'], [signers.root, next]);
    }
    case 'rotate-targets': {
      const next = newSigner();
      const changed = withTargets(state, 'targets', [...(state.targets.get('targets')?.targets.keys() ?? [])], 1);
      const after = { ...changed, root: withKey(root, 'targets', next.key), signers: { ...signers, targets: next } };
      return sign(after, ['root', 'targets'], [signers.root]);
    }
    case 'rotate-server-key': {
      if (step.role === 'snapshot' && signers.snapshot) return undefined;
      const after = { ...state, root: withKey(root, step.role, await newServerKey(step.role)) };
      return sign(after, ['root'], [signers.root]);
    }
  }
}

function withTargets(state: CollectionState, role: string, names: readonly string[], by: number): CollectionState {
  const before = state.targets.get(role) ?? buildTargets({ expires: defaultExpires('targets', TEST_NOW) });
  const targets = new Map(names.map((name) => [name, newTarget(`${name} ${before.version + by}`)]));
  return {
    ...state,
    targets: new Map([...state.targets, [role, { ...before, version: before.version + by, targets }]]),
  };
}

function withKey(root: Root, role: string, key: PublicKey): Root {
  const listed = root.roles.get(role);
  const roles = new Map([...root.roles, [role, { threshold: 1, extra: {}, ...listed, keyids: [key.keyid] }]]);
  const used = new Set([...roles.values()].flatMap(({ keyids }) => keyids));
  const keys = new Map([...root.keys, [key.keyid as string, key] as const].filter(([keyid]) => used.has(keyid)));
  return { ...root, version: root.version + 1, roles, keys };
}

/** Signs the files of `roles`, and a snapshot where its key is the owner's. */
async function sign(
  state: CollectionState,
  roles: readonly string[],
  rootSigners: readonly Signer[] = [],
): Promise<PlannedUpdate> {
  const { signers, root, targets } = state;
  const signed = new Map<string, Buffer>();
  for (const role of roles) {
    const content = targets.get(role);
    const signer = role === 'targets' ? signers.targets : signers.delegations.get(role);
    let envelope: Envelope | undefined;
    if (role === 'root') envelope = await signMetadata(formatRoot(root), [...rootSigners]);
    else if (content && signer) envelope = await signMetadata(formatTargets(content), [signer]);
    if (envelope) signed.set(role, Buffer.from(envelope.bytes));
  }
  const files = new Map([...state.files, ...signed]);
  const snapshotVersion = state.snapshotVersion + 1;
  if (signers.snapshot) {
    const meta = new Map([...files].map(([role, bytes]) => [role, fileMetaOf(bytes)]));
    const content = { version: snapshotVersion, expires: defaultExpires('snapshot', TEST_NOW), meta, extra: {} };
    signed.set('snapshot', Buffer.from((await signMetadata(formatSnapshot(content), [signers.snapshot])).bytes));
  }
  return { files: signed, after: { ...state, files, snapshotVersion } };
}
