import {
  acceptDelegation,
  acceptTargets,
  type DelegationRole,
  ExpiredError,
  getDelegationRole,
  listDelegations,
  parseTargets,
  type RoleName,
  type Root,
  rootRole,
  type Snapshot,
  TARGETS,
  type Targets,
  ThresholdError,
  type Trusted,
  verifyNotSuppressed,
} from '../tuf/index.ts';
import { findCached, loadPromised, trustedBefore } from './cached-metadata.ts';
import { TooManyDelegationsError } from './errors.ts';
import { acceptanceOf } from './update-context.ts';
import { keptUnder, type UpdateRun } from './update-run.ts';

/**
 * Targets and delegations. Parents before children: they hold the children's keys. A delegation that is expired or not
 * signed is left out.
 * @throws {TooManyDelegationsError | TufError}
 */
export async function updateTargets(
  run: UpdateRun,
  root: Trusted<Root>,
  snapshot: Trusted<Snapshot>,
): Promise<ReadonlyMap<RoleName, Trusted<Targets>>> {
  const tree = new Map<RoleName, Trusted<Targets>>();
  const waiting: DelegationRole[] = [{ ...rootRole(root, 'targets'), paths: [''] }];
  for (let role = waiting.shift(); role; role = waiting.shift()) {
    if (tree.has(role.name)) continue;
    if (!snapshot.meta.has(role.name)) {
      if (run.rules.isSuppressionRefused) await refuseSuppressed(run, role);
      continue;
    }
    if (tree.size > run.rules.limits.delegations) throw new TooManyDelegationsError(run.gun, tree.size - 1);
    try {
      const targets = await loadTargets(run, root, snapshot, tree, role);
      tree.set(role.name, targets);
      waiting.unshift(...listDelegations(role, targets));
    } catch (thrown) {
      const isForgivable = thrown instanceof ExpiredError || thrown instanceof ThresholdError;
      if (role.name === TARGETS || !isForgivable) throw thrown;
      run.log.warn(`Error getting ${role.name}: ${thrown.message}`);
      run.trace?.({ kind: 'left-out', role: role.name, reason: thrown.message });
      run.unverified.set(role.name, thrown);
    }
  }
  return tree;
}

/** What was trusted of a delegation under its present keys cannot have come to nothing. */
async function refuseSuppressed(run: UpdateRun, role: DelegationRole): Promise<void> {
  const cached = await findCached(run, role.name);
  const before = trustedBefore(cached, run.cachedRoot && role, (signed) => parseTargets(role.name, signed));
  verifyNotSuppressed(role.name, { ...acceptanceOf(run), before });
}

function loadTargets(
  run: UpdateRun,
  root: Trusted<Root>,
  snapshot: Trusted<Snapshot>,
  tree: ReadonlyMap<RoleName, Targets>,
  { name }: DelegationRole,
): Promise<Trusted<Targets>> {
  const delegation = name === TARGETS ? undefined : getDelegationRole(root, tree, name);
  return loadPromised(run, {
    role: name,
    promised: snapshot.meta.get(name),
    keptUnder: delegation ? run.cachedRoot && delegation : keptUnder(run, root, 'targets'),
    parse: (signed) => parseTargets(name, signed),
    accept(envelope, acceptance) {
      if (!delegation) return acceptTargets(root, snapshot, envelope, acceptance);
      try {
        return acceptDelegation(delegation, snapshot, envelope, acceptance);
      } catch (thrown) {
        // All but its signatures was found to be in order.
        if (thrown instanceof ThresholdError) run.insufficient.set(name, parseTargets(name, envelope.signed));
        throw thrown;
      }
    },
  });
}
