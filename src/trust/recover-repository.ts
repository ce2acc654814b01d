import { silentLog, TrustSandboxError } from '../core/index.ts';
import { type PublicKey, type Role, type RoleName, rootRole } from '../tuf/index.ts';
import { applyChange } from './apply-change.ts';
import type { RootChange } from './change.ts';
import { listDelegationRoles } from './collection.ts';
import { draftOf } from './draft.ts';
import type { KeyStore } from './key-store.ts';
import { type PublishContext, untilNotOvertaken } from './publish.ts';
import { signDraft } from './sign.ts';
import { updateCollection } from './update.ts';

/** Keys that a recovery cannot do without are not here. `keyids` are canonical: those that would do. */
export class KeysLostError extends TrustSandboxError {
  readonly code = 'TRUST_KEYS_LOST';
  readonly role: string;
  readonly keyids: readonly string[];
  constructor(role: string, keyids: readonly string[]) {
    super(`the ${role} keys are not here: ${keyids.join(', ')}`);
    this.role = role;
    this.keyids = keyids;
  }
}

/** What a recovery did. */
export interface RepositoryRecovery {
  /** Roles that have other keys now; none when nothing was lost. */
  readonly recovered: readonly RoleName[];
  /** Delegations that stay as they are, signatures and all. */
  readonly delegations: readonly RoleName[];
}

/**
 * Gives a repository new keys in place of lost ones, by its root key: for targets new ones are made, and what targets
 * says is signed again by them, expired or not, delegations included; a snapshot key that nobody has is the server's from
 * then on. Clients notice nothing but a newer root (TUF v1.0.34 §6.1).
 * @throws {KeysLostError} the root keys are not here either
 */
export async function recoverRepository(given: PublishContext): Promise<RepositoryRecovery> {
  const { gun, keys, server, clock } = given;
  const context = { ...given, allowExpired: true, log: silentLog };
  const made: PublicKey[] = [];
  return untilNotOvertaken(async () => {
    const collection = await updateCollection(context, true);
    const delegations = listDelegationRoles(collection).map(({ name }) => name);
    const [root, targets, snapshot] = (['root', 'targets', 'snapshot'] as const).map((name) =>
      rootRole(collection.root, name),
    ) as [Role, Role, Role];
    const here = await keysHere(targets, keys);
    const changes: RootChange[] = [];
    if (here.length < targets.threshold) {
      await verifyHere(root, keys);
      while (here.length + made.length < targets.threshold) made.push(await keys.create({ role: 'targets', gun }));
      changes.push({ kind: 'replace-keys', role: 'targets', keys: [...here, ...made] });
    }
    if ((await keysHere(snapshot, keys)).length < snapshot.threshold) {
      const servers = await server.getKey(gun, 'snapshot');
      const isServers = [...snapshot.keys.values()].some(({ fingerprint }) => fingerprint === servers.fingerprint);
      if (!isServers) {
        await verifyHere(root, keys);
        changes.push({ kind: 'replace-keys', role: 'snapshot', keys: [servers] });
      }
    }
    const recovered = changes.map(({ role }) => role as RoleName);
    if (changes.length === 0) return { recovered, delegations };
    const draft = draftOf(collection);
    const now = clock.now();
    for (const change of changes) await applyChange(draft, change, { keys, log: silentLog, expires: '' });
    await server.publish(gun, await signDraft(draft, { keys, now, isFirst: false }));
    return { recovered, delegations };
  });
}

/** The role's keys whose private part is here. */
export async function keysHere(role: Role, keys: KeyStore): Promise<PublicKey[]> {
  const found: PublicKey[] = [];
  for (const key of role.keys.values()) if (await keys.find(key.canonicalKeyid)) found.push(key);
  return found;
}

async function verifyHere(role: Role, keys: KeyStore): Promise<void> {
  if ((await keysHere(role, keys)).length >= role.threshold) return;
  throw new KeysLostError(
    role.name,
    [...role.keys.values()].map(({ canonicalKeyid }) => canonicalKeyid),
  );
}
