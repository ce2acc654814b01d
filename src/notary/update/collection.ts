import {
  acceptDelegation,
  acceptRoot,
  acceptTargets,
  type Envelope,
  type Gun,
  getDelegationRole,
  isTufError,
  parentRole,
  parseEnvelope,
  ROOT,
  type RoleName,
  type Root,
  TARGETS,
  type Targets,
  type Trusted,
} from '../../tuf/index.ts';
import type { CachedMetadata } from '../store/cached-metadata.ts';
import { WireError } from '../wire-error.ts';
import type { TrustedRoots } from './trusted-roots.ts';
import type { UpdateContext } from './validate-update.ts';

/**
 * What is known of one collection while an update to it is checked: the root, and those targets and delegations that were
 * uploaded or had to be fetched from the store to verify others.
 */
export class Collection {
  readonly gun: Gun;
  readonly now: Date;
  readonly #metadata: CachedMetadata;
  readonly #tree = new Map<RoleName, Trusted<Targets>>();
  #root: Trusted<Root> | undefined;

  readonly #roots: TrustedRoots;

  constructor(gun: Gun, { metadata, roots, now }: Pick<UpdateContext, 'metadata' | 'roots' | 'now'>) {
    this.gun = gun;
    this.#metadata = metadata;
    this.#roots = roots;
    this.now = now;
  }

  get root(): Trusted<Root> | undefined {
    return this.#root;
  }

  /** Metadata of targets and delegations met so far, each verified. */
  get tree(): ReadonlyMap<RoleName, Trusted<Targets>> {
    return this.#tree;
  }

  /** Loads the stored root, when there is one. It was accepted once: neither its date nor its certificates' count. */
  async loadRoot(): Promise<void> {
    const file = await this.#metadata.findCurrent(this.gun, ROOT);
    if (!file) return;
    this.#root = fromStore(() => this.#roots.get(this.gun, file, this.now));
  }

  /** Takes the place of the root before it, if that one lets it. @throws {TufError} */
  acceptRoot(offered: Envelope): Trusted<Root> {
    const { gun, now } = this;
    const minVersion = this.#root?.version ?? 1;
    this.#root = acceptRoot(offered, { gun, now, trusted: this.#root, minVersion });
    return this.#root;
  }

  /** Loads the roles above `role` from the store, from the top; those that are not there are passed over. */
  async loadAncestors(root: Trusted<Root>, role: RoleName): Promise<void> {
    const missing: RoleName[] = [];
    for (let name: string = role; name !== TARGETS; ) {
      name = parentRole(name);
      if (!this.#tree.has(name as RoleName)) missing.unshift(name as RoleName); // of a delegation: targets or a delegation
    }
    for (const name of missing) {
      const file = await this.#metadata.findCurrent(this.gun, name);
      if (file) fromStore(() => this.acceptTargets(root, name, parseEnvelope(file.bytes), { allowExpired: true }));
    }
  }

  /** @throws {TufError} */
  acceptTargets(
    root: Trusted<Root>,
    role: RoleName,
    offered: Envelope,
    options: { allowExpired?: boolean } = {},
  ): void {
    const acceptance = { now: this.now, ...options };
    const accepted =
      role === TARGETS
        ? acceptTargets(root, undefined, offered, acceptance)
        : acceptDelegation(getDelegationRole(root, this.#tree, role), undefined, offered, acceptance);
    this.#tree.set(role, accepted);
  }
}

/** Stored metadata that no longer verifies, say since root lists other keys, stops an update without a reason given. */
function fromStore<T>(accept: () => T): T {
  try {
    return accept();
  } catch (thrown) {
    throw isTufError(thrown) ? new WireError('INVALID_UPDATE') : thrown;
  }
}
