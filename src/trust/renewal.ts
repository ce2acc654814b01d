import type { Clock } from '../core/index.ts';
import {
  findInstant,
  type Gun,
  type PublicKey,
  ROOT,
  type Role,
  type RoleName,
  rootRole,
  type SignedCommon,
  SNAPSHOT,
} from '../tuf/index.ts';
import { type Draft, existingRole, replaceTargets } from './draft.ts';
import type { KeyStore } from './key-store.ts';
import { replaceRoleKeys } from './root-edit.ts';

/** What a renewal did, or could not do. */
export interface Renewal {
  readonly renewed: readonly RoleName[];
  /** Roles that run out and whose keys are not here; `keyids` are canonical, and any of them would do. */
  readonly left: readonly { readonly role: RoleName; readonly expires: string; readonly keyids: readonly string[] }[];
}

interface RenewalParts {
  readonly gun: Gun;
  readonly keys: KeyStore;
  readonly clock: Clock;
  /** What runs out by then is renewed. */
  readonly before: Date;
  /** Others are asked to sign, so that their keys need not be here. */
  readonly isRequest: boolean;
}

/**
 * Marks what runs out to be signed again: root, with new certificates for its keys where those run out; targets and
 * delegations; snapshot where its key is here. Needs no passphrase yet.
 */
export async function markExpiring(draft: Draft, parts: RenewalParts): Promise<Renewal> {
  const { keys, before, isRequest } = parts;
  const renewed: RoleName[] = [];
  const left: Renewal['left'][number][] = [];
  const consider = async (role: Role, { expires }: SignedCommon, renew: () => Promise<void> | void): Promise<void> => {
    const canonical = [...role.keys.values()].map(({ canonicalKeyid }) => canonicalKeyid);
    const here = (await Promise.all(canonical.map((keyid) => keys.find(keyid)))).filter((key) => key !== undefined);
    if (isRequest ? role.name === SNAPSHOT : here.length < role.threshold) {
      if (role.name !== SNAPSHOT) left.push({ role: role.name, expires, keyids: canonical }); // the server's to sign
      return;
    }
    await renew();
    renewed.push(role.name);
  };
  const { root } = draft;
  const endingKeys = rootKeysEnding(rootRole(root, 'root'), before);
  if (endingKeys.length > 0 || endsBy(root, before)) {
    await consider(rootRole(root, 'root'), root, async () => {
      const kept = await renewRoot(draft, endingKeys, parts);
      if (isRequest && kept.length > 0) left.push(...kept.map((key) => leftCertificate(key)));
    });
  }
  for (const [name, targets] of [...draft.targets]) {
    if (endsBy(targets, before)) {
      await consider(existingRole(draft, name), targets, () => replaceTargets(draft, name, targets));
    }
  }
  if (draft.snapshot && endsBy(draft.snapshot, before)) {
    await consider(rootRole(root, 'snapshot'), draft.snapshot, () => undefined); // signed with every publish
  }
  return { renewed, left };
}

const endsBy = ({ expires }: SignedCommon, before: Date): boolean => (findInstant(expires) ?? before) <= before;

function rootKeysEnding({ keys }: Role, before: Date): readonly PublicKey[] {
  return [...keys.values()].filter(({ certificateEnd }) => certificateEnd !== undefined && certificateEnd <= before);
}

/** A certificate is made by its own key alone. */
function leftCertificate({ canonicalKeyid, certificateEnd }: PublicKey): Renewal['left'][number] {
  return { role: ROOT, expires: certificateEnd?.toISOString() ?? '', keyids: [canonicalKeyid] };
}

/**
 * The same keys, those whose certificates run out under new ones.
 * @returns those whose certificates are as they were, their keys not being here
 */
async function renewRoot(
  draft: Draft,
  ending: readonly PublicKey[],
  parts: RenewalParts,
): Promise<readonly PublicKey[]> {
  const listed: PublicKey[] = [];
  const kept: PublicKey[] = [];
  for (const key of rootRole(draft.root, 'root').keys.values()) {
    const isRenewable = ending.includes(key) && (await parts.keys.find(key.canonicalKeyid));
    if (ending.includes(key) && !isRenewable) kept.push(key);
    listed.push(isRenewable ? await certify(key, parts) : key);
  }
  replaceRoleKeys(draft, ROOT, listed);
  return kept;
}

async function certify({ canonicalKeyid }: PublicKey, { gun, keys, clock }: RenewalParts): Promise<PublicKey> {
  return keys.certify(canonicalKeyid, { gun, clock });
}
