import { humanCount } from '../../core/index.ts';
import {
  findInstant,
  isExpired,
  type PublicKey,
  type Role,
  rootRole,
  type SignedCommon,
  TARGETS,
} from '../../tuf/index.ts';
import { getTargetsRole, listDelegationRoles, type TrustCollection } from '../collection.ts';
import type { KeyInfo } from '../key-info.ts';
import { isNearExpiry } from '../near-expiry.ts';
import type { TrustDirectory } from '../trust-directory.ts';
import { type Finding, ok, problem, warning } from './finding.ts';

const BASE_ROLES = ['root', 'targets', 'snapshot', 'timestamp'] as const;
const MAX_TIMESTAMP_MS = 60 * 24 * 60 * 60 * 1000;

/** What is known of the machine that a collection is looked at from. */
export interface Workplace {
  readonly keys: readonly KeyInfo[];
  readonly directory: TrustDirectory;
  readonly now: Date;
}

/**
 * For each role: whether it has run out or soon will, whether enough keys are listed for its threshold, and, where it has to
 * be signed again, which keys would do and where they are. `collection` may be past its dates.
 */
export function examineRoles(collection: TrustCollection, workplace: Workplace): readonly Finding[] {
  const { root, snapshot, targets } = collection;
  const findings = [
    ...examineThresholds(collection),
    ...examineRole(rootRole(root, 'root'), root, workplace),
    ...examineCertificates(rootRole(root, 'root'), workplace),
    ...examineRole(rootRole(root, 'snapshot'), snapshot, workplace),
    ...examineTimestamp(collection, workplace),
  ];
  for (const [name, metadata] of targets) {
    const role = getTargetsRole(root, targets, name);
    findings.push(...examineRole(role, metadata, workplace));
  }
  for (const [name, reason] of collection.unverified) {
    findings.push(
      problem(
        'ROLE_LEFT_OUT',
        `Nothing that ${name} signed counts: ${reason.message}.`,
        describeKeys(getTargetsRole(root, targets, name), workplace),
      ),
    );
  }
  if (findings.length > 0) return findings;
  return [ok('ROLES', `All ${targets.size + 2} roles hold for six months or more, and can reach their thresholds.`)];
}

/** Also of delegations that nobody has signed yet. */
function examineThresholds(collection: TrustCollection): readonly Finding[] {
  const { root } = collection;
  const roles: readonly Role[] = [
    ...BASE_ROLES.map((name) => rootRole(root, name)),
    ...listDelegationRoles(collection),
  ];
  return roles.flatMap(({ name, threshold, keys }) => {
    const distinct = new Set([...keys.values()].map(canonicalOf)).size;
    if (distinct >= threshold) return [];
    const says = `${name} needs ${threshold} signatures and lists ${humanCount(distinct, 'different key')}: nobody can ever sign it.`;
    return [problem('THRESHOLD_UNREACHABLE', says, 'whoever signs for the role above it must list more keys')];
  });
}

/** A server signs for a fortnight. Another date says that it no longer does, or that a clock is wrong. */
function examineTimestamp({ timestamp: { expires } }: TrustCollection, { now }: Workplace): readonly Finding[] {
  const day = expires.slice(0, 10);
  if (isExpired(expires, now)) {
    const says = `The timestamp ran out on ${day}: the server signs none anew, or this machine's clock is ahead.`;
    return [problem('TIMESTAMP_EXPIRED', says, `this machine has it that it is ${now.toISOString()}`)];
  }
  const leftMs = (findInstant(expires) ?? now).getTime() - now.getTime();
  if (leftMs <= MAX_TIMESTAMP_MS) return [];
  const says = `The timestamp holds until ${day}, longer than servers sign for: this machine's clock may be behind.`;
  return [warning('CLOCK_BEHIND', says, `this machine has it that it is ${now.toISOString()}`)];
}

function examineRole(role: Role, metadata: SignedCommon, workplace: Workplace): readonly Finding[] {
  const { name } = role;
  const day = metadata.expires.slice(0, 10);
  if (isExpired(metadata.expires, workplace.now)) {
    return [problem('ROLE_EXPIRED', `${name} ran out on ${day}: pulls are refused.`, renewal(role, workplace))];
  }
  if (name === 'snapshot' || !isNearExpiry(metadata, workplace.now)) return [];
  return [warning('ROLE_ENDS', `${name} runs out on ${day}.`, renewal(role, workplace))];
}

function examineCertificates({ keys }: Role, { now }: Workplace): readonly Finding[] {
  return [...keys.values()].flatMap((key) => {
    const end = key.certificateEnd;
    if (!end || !isNearExpiry({ expires: end.toISOString() }, now)) return [];
    const remedy = 'trustsandbox trust renew REPOSITORY, where the root key is';
    const says = `The certificate of root key ${key.canonicalKeyid} ends on ${end.toISOString().slice(0, 10)}.`;
    return [end <= now ? problem('CERTIFICATE_EXPIRED', says, remedy) : warning('CERTIFICATE_ENDS', says, remedy)];
  });
}

function renewal(role: Role, workplace: Workplace): string {
  const keys = describeKeys(role, workplace);
  return role.name === TARGETS || role.name === 'root' || role.name.startsWith('targets/')
    ? `trustsandbox trust renew REPOSITORY; ${keys}`
    : `the trust server signs it, or ${keys}`;
}

/** Which keys would do for a role, and where those are that are here. */
export function describeKeys(role: Role, { keys, directory }: Pick<Workplace, 'keys' | 'directory'>): string {
  const here = new Set(keys.map(({ keyid }) => keyid));
  const canonical = [...role.keys.values()].map(canonicalOf);
  const found = canonical.filter((keyid) => here.has(keyid));
  const places = found.map((keyid) => `${directory.privateFolder}/${keyid}.key`).join(', ');
  if (found.length >= role.threshold) return `key ${places} would do`;
  const others = canonical.filter((keyid) => !here.has(keyid)).join(', ');
  if (found.length === 0) return `none of its keys is here; any of ${others} would do`;
  return `${found.length} of the ${role.threshold} keys it needs are here (${places}); any of ${others} besides would do`;
}

function canonicalOf(key: PublicKey): string {
  try {
    return key.canonicalKeyid;
  } catch {
    return key.keyid; // one that cannot be read is nobody's here
  }
}
