import { rootRole } from '../../tuf/index.ts';
import type { TrustCollection } from '../collection.ts';
import { type Finding, ok, warning } from './finding.ts';
import { describeKeys, type Workplace } from './roles.ts';

/** Whether signers could be added and removed here now, and whether the repository's own key may have been lost. */
export function examineAdministration({ root }: TrustCollection, workplace: Workplace): readonly Finding[] {
  const here = new Set(workplace.keys.map(({ keyid }) => keyid));
  const isHere = (name: 'root' | 'targets'): boolean => {
    const { keys, threshold } = rootRole(root, name);
    return [...keys.values()].filter(({ canonicalKeyid }) => here.has(canonicalKeyid)).length >= threshold;
  };
  if (isHere('targets'))
    return [ok('CAN_ADMINISTER', "Signers can be added and removed here, by the repository's own key.")];
  const whose = describeKeys(rootRole(root, 'targets'), workplace);
  const says = `Signers cannot be added or removed here, which takes the repository's own key: ${whose}.`;
  if (!isHere('root')) return [ok('NO_REPOSITORY_KEY', says)];
  return [
    warning(
      'REPOSITORY_KEY_MISSING',
      says,
      'if it is lost, the root key is here: trustsandbox trust recover repository REPOSITORY',
    ),
  ];
}
