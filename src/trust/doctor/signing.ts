import { isPathOf, parentRole, TARGETS } from '../../tuf/index.ts';
import { getTargetsRole, listDelegationRoles, RELEASES, type TrustCollection } from '../collection.ts';
import { type Finding, ok, problem, warning } from './finding.ts';
import { describeKeys, type Workplace } from './roles.ts';

/** Whether docker could sign `tag` here now, in which roles, and whether what it signs would be found again. */
export function examineSigning(collection: TrustCollection, tag: string, workplace: Workplace): readonly Finding[] {
  const delegations = listDelegationRoles(collection).filter(({ name }) => parentRole(name) === TARGETS);
  const here = new Set(workplace.keys.map(({ keyid }) => keyid));
  const keysHere = (role: { readonly keys: ReadonlyMap<string, { readonly canonicalKeyid: string }> }): number =>
    [...role.keys.values()].filter(({ canonicalKeyid }) => here.has(canonicalKeyid)).length;
  // Where there are no keys at all, nobody means to sign: most machines only pull.
  const cannot = workplace.keys.length === 0 ? warning : problem;
  if (delegations.length === 0) {
    const role = getTargetsRole(collection.root, collection.targets, TARGETS);
    if (keysHere(role) >= role.threshold)
      return [ok('CAN_SIGN', `${tag} can be signed here with the repository's own key.`)];
    return [cannot('CANNOT_SIGN', `${tag} cannot be signed here, in targets.`, describeKeys(role, workplace))];
  }
  const admitting = delegations.filter((role) => isPathOf(role, tag));
  const signable = admitting.filter((role) => keysHere(role) >= role.threshold);
  const findings: Finding[] = [];
  if (admitting.length === 0) findings.push(problem('NO_ROLE_ADMITS', `No delegation may sign a tag named ${tag}.`));
  else if (signable.length === 0) {
    const candidates = admitting.map((role) => `${role.name}: ${describeKeys(role, workplace)}`).join('; ');
    const says = `${tag} cannot be signed here: there are delegations, so the repository's own key no longer signs tags.`;
    findings.push(cannot('CANNOT_SIGN', says, candidates));
  } else {
    findings.push(ok('CAN_SIGN', `${tag} can be signed here, in ${signable.map(({ name }) => name).join(', ')}.`));
    if (!signable.some(({ name }) => name === RELEASES)) {
      const says = `What is signed here would not be found: docker looks tags up in ${RELEASES}, and no key of it is here.`;
      findings.push(problem('NOT_RELEASED', says, 'trustsandbox trust signer add, where the repository key is'));
    }
  }
  return [...findings, ...examineReleases(delegations)];
}

/** docker gives a signer's keys to their own role and to releases; other tools may forget the second. */
function examineReleases(delegations: ReturnType<typeof listDelegationRoles>): readonly Finding[] {
  const releases = delegations.find(({ name }) => name === RELEASES);
  if (!releases) {
    const remedy = 'trustsandbox trust signer add, where the repository key is';
    return [
      warning('NO_RELEASES', `There are delegations and no ${RELEASES}: docker finds what targets has alone.`, remedy),
    ];
  }
  const released = new Set([...releases.keys.values()].map(({ canonicalKeyid }) => canonicalKeyid));
  return delegations.flatMap(({ name, keys }) => {
    const missing = [...keys.values()].filter(({ canonicalKeyid }) => !released.has(canonicalKeyid));
    if (name === RELEASES || missing.length === 0) return [];
    const listed = missing.map(({ canonicalKeyid }) => canonicalKeyid).join(', ');
    return [
      warning(
        'SIGNER_NOT_RELEASED',
        `${name} has keys that ${RELEASES} has not, and signs in vain with them: ${listed}.`,
      ),
    ];
  });
}
