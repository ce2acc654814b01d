import type { Section } from '../../settings/index.ts';
import type { KeepRule, RetentionPolicy } from '../gc/retention.ts';

/**
 * `storage.maintenance.retention`, a setting of ours: which tags stay in which repositories, for every collection.
 *
 *     retention:
 *       - repositories: team/*
 *         deleteuntagged: true      # as it is when left out
 *         keep:                     # tags that one of these keeps; all when left out
 *           - tags: v*
 *           - {tags: "*", newest: 10, pushedwithin: 720h}
 */
export function readRetention(maintenance: Section): RetentionPolicy {
  return maintenance.sections('retention').map((rule) => {
    const deleteUntagged = rule.boolean('deleteuntagged');
    return {
      repositories: rule.requiredText('repositories'),
      ...(rule.has('keep') && { keep: rule.sections('keep').map(readKeep) }),
      ...(deleteUntagged !== undefined && { deleteUntagged }),
    };
  });
}

function readKeep(keep: Section): KeepRule {
  const newest = keep.integer('newest', { min: 1 });
  const pushedWithinMs = keep.duration('pushedwithin');
  return {
    tags: keep.requiredText('tags'),
    ...(newest !== undefined && { newest }),
    ...(pushedWithinMs !== undefined && { pushedWithinMs }),
  };
}
