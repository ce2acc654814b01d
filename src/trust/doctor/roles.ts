import { isExpired, type PublicKey, type Role, rootRole, type SignedCommon, TARGETS } from '../../tuf/index.ts';
import { getTargetsRole, type TrustCollection } from '../collection.ts';
import type { KeyInfo } from '../key-store.ts';
import { isNearExpiry } from '../near-expiry.ts';
import type { TrustDirectory } from '../trust-directory.ts';
import { type Finding, ok, problem, warning } from './finding.ts';

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
    ...examineRole(rootRole(root, 'root'), root, workplace),
    ...examineCertificates(rootRole(root, 'root'), workplace),
    ...examineRole(rootRole(root, 'snapshot'), snapshot, workplace),
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

function examineRole(role: Role, metadata: SignedCommon, workplace: Workplace): readonly Finding[] {
  const findings: Finding[] = [];
  const { name, threshold } = role;
  const distinct = new Set([...role.keys.values()].map(({ canonicalKeyid }) => canonicalKeyid)).size;
  if (distinct < threshold) {
    const says = `${name} needs ${threshold} signatures and lists ${distinct} different keys: nobody can ever sign it.`;
    findings.push(
      problem('THRESHOLD_UNREACHABLE', says, `whoever signs for the role above ${name} must list more keys`),
    );
  }
  const day = metadata.expires.slice(0, 10);
  if (isExpired(metadata.expires, workplace.now)) {
    findings.push(problem('ROLE_EXPIRED', `${name} ran out on ${day}: pulls are refused.`, renewal(role, workplace)));
  } else if (name !== 'snapshot' && isNearExpiry(metadata, workplace.now)) {
    findings.push(warning('ROLE_ENDS', `${name} runs out on ${day}.`, renewal(role, workplace)));
  }
  return findings;
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
  if (found.length > 0)
    return `key ${found.map((keyid) => `${directory.privateFolder}/${keyid}.key`).join(', ')} would do`;
  return `none of its keys is here; any of ${canonical.join(', ')} would do`;
}

function canonicalOf(key: PublicKey): string {
  try {
    return key.canonicalKeyid;
  } catch {
    return key.keyid; // one that cannot be read is nobody's here
  }
}
