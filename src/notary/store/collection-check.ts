import { createHash } from 'node:crypto';
import {
  acceptDelegation,
  acceptRoot,
  acceptSnapshot,
  acceptTargets,
  acceptTimestamp,
  type Gun,
  getDelegationRole,
  isDelegation,
  isRoleName,
  parseEnvelope,
  ROOT,
  type RoleName,
  type Root,
  SNAPSHOT,
  TARGETS,
  type Targets,
  TIMESTAMP,
  type Trusted,
} from '../../tuf/index.ts';
import { attempt } from './attempt.ts';
import { hashOf, readContent } from './stored-content.ts';

/** A stored file, as it is checked. */
export interface CheckedFile {
  readonly role: string;
  readonly version: number;
  /** Lower-case hex. */
  readonly sha256: string;
  readonly bytes: Buffer;
}

/** Something that is wrong with a collection; `version` 0 when it is no one file. */
export interface CollectionProblem {
  readonly role: string;
  readonly version: number;
  readonly problem: string;
  /** A client that comes for the first time meets it; else it is about a file that was replaced. */
  readonly isCurrent: boolean;
}

interface Reference {
  readonly by: Pick<CheckedFile, 'role' | 'version'>;
  readonly name: string;
  readonly sha256: string;
}

/**
 * Checks one collection as a whole, given its files one by one in any order: each is what its row says; the current ones verify as
 * they would for a client that comes for the first time; every snapshot that a timestamp names is there, and every file that
 * a snapshot names; each root was signed by the one before it. Keeps of the files the roots and the newest of each role.
 */
export class CollectionCheck {
  readonly #gun: Gun;
  readonly #now: Date;
  readonly #problems: CollectionProblem[] = [];
  readonly #newest = new Map<string, CheckedFile>();
  readonly #roots: CheckedFile[] = [];
  readonly #stored = new Set<string>();
  readonly #references: Reference[] = [];

  constructor(gun: Gun, now: Date) {
    this.#gun = gun;
    this.#now = now;
  }

  /** @returns what is wrong with the file itself */
  add(file: CheckedFile): string | undefined {
    const { role, version, sha256 } = file;
    const problem = this.#read(file);
    if (problem !== undefined) {
      this.#problems.push({ role, version, problem, isCurrent: false });
      return problem;
    }
    this.#stored.add(sha256);
    if ((this.#newest.get(role)?.version ?? 0) < version) this.#newest.set(role, file);
    if (role === ROOT) this.#roots.push(file);
    return undefined;
  }

  /** @param load gives the bytes of a file of this collection by its SHA-256, lower-case hex */
  async finish(load: (sha256: string) => Promise<Buffer | undefined>): Promise<readonly CollectionProblem[]> {
    for (const { by, name, sha256 } of this.#references) {
      const isCurrent = by.version === this.#newest.get(by.role)?.version;
      const problem = `names a ${name} that is not stored: ${sha256}`;
      if (!this.#stored.has(sha256)) this.#problems.push({ ...by, problem, isCurrent });
    }
    const root = this.#checkRoots();
    if (root) await this.#checkCurrent(root, load);
    return this.#problems;
  }

  #read({ role, version, sha256, bytes }: CheckedFile): string | undefined {
    if (createHash('sha256').update(bytes).digest('hex') !== sha256)
      return 'its bytes do not have the hash they are stored under';
    if (!isRoleName(role)) return 'no name of a role';
    const found = attempt(() => readContent(role, parseEnvelope(bytes)));
    if (found.problem !== undefined) return found.problem;
    if (found.value.version !== version) return `its content says version ${found.value.version}`;
    for (const [name, named] of found.value.references) {
      this.#references.push({ by: { role, version }, name, sha256: named });
    }
    return undefined;
  }

  /** Later roots are those a client comes to that trusts an earlier one. */
  #checkRoots(): Trusted<Root> | undefined {
    let trusted: Trusted<Root> | undefined;
    for (const { version, bytes } of this.#roots.sort((a, b) => a.version - b.version)) {
      const acceptance = { gun: this.#gun, now: this.#now, allowExpired: true, ignoreCertificateDates: true };
      const { value, problem } = attempt(() => acceptRoot(parseEnvelope(bytes), { ...acceptance, trusted }));
      const isCurrent = version === this.#newest.get(ROOT)?.version;
      if (problem !== undefined) this.#problems.push({ role: ROOT, version, problem, isCurrent });
      else trusted = value;
    }
    if (!trusted)
      this.#problems.push({ role: ROOT, version: 0, problem: 'there is none that verifies', isCurrent: true });
    return trusted;
  }

  async #checkCurrent(root: Trusted<Root>, load: (sha256: string) => Promise<Buffer | undefined>): Promise<void> {
    const acceptance = { now: this.#now, allowExpired: true };
    const newest = this.#newest.get(TIMESTAMP);
    if (!newest) {
      this.#problems.push({ role: TIMESTAMP, version: 0, problem: 'there is none', isCurrent: true });
      return;
    }
    const timestamp = this.#accept(newest, () => acceptTimestamp(root, parseEnvelope(newest.bytes), acceptance));
    const bytes = timestamp && (await load(hashOf(timestamp.meta.get('snapshot'))));
    if (!bytes) return; // said above
    const file = { role: SNAPSHOT, version: 0 };
    const snapshot = this.#accept(file, () => acceptSnapshot(root, timestamp, parseEnvelope(bytes), acceptance));
    if (!snapshot) return;
    const tree = new Map<RoleName, Trusted<Targets>>();
    for (const name of [...snapshot.meta.keys()].sort((a, b) => a.split('/').length - b.split('/').length)) {
      if (name !== TARGETS && !isDelegation(name)) continue;
      const content = await load(hashOf(snapshot.meta.get(name)));
      if (!content) continue; // said above
      if (name === TARGETS) {
        const targets = this.#accept({ role: name, version: 0 }, () =>
          acceptTargets(root, snapshot, parseEnvelope(content), acceptance),
        );
        if (targets) tree.set(TARGETS, targets);
        continue;
      }
      // One that is no longer delegated to, or is yet to be signed by its new keys, is passed over by clients.
      const { value } = attempt(() =>
        acceptDelegation(getDelegationRole(root, tree, name), snapshot, parseEnvelope(content), acceptance),
      );
      if (value) tree.set(name, value);
    }
  }

  #accept<T>({ role, version }: Pick<CheckedFile, 'role' | 'version'>, accept: () => T): T | undefined {
    const { value, problem } = attempt(accept);
    if (problem !== undefined) this.#problems.push({ role, version, problem, isCurrent: true });
    return value;
  }
}
