import type { RepositoryName, Tag } from '../../core/index.ts';
import type { ScannedTag } from './repository-scan.ts';

/** Which tags a rule keeps. Of the tags that match `tags`, those that meet any of the limits; all of them without limits. */
export interface KeepRule {
  /** Pattern of tags: `*` stands for any characters, `?` for one. */
  readonly tags: string;
  /** Tags pushed less than this many milliseconds ago. */
  readonly pushedWithinMs?: number;
  /** So many of the tags pushed last. */
  readonly newest?: number;
}

/** What becomes of the repositories that a pattern names. */
export interface RetentionRule {
  /** Pattern of repository names, as `KeepRule.tags`; `*` goes over slashes. */
  readonly repositories: string;
  /** Tags that one of these keeps stay; the others go. Without any, all tags stay. */
  readonly keep?: readonly KeepRule[];
  /** Manifests that no tag leads to go too. Yes, unless said otherwise. */
  readonly deleteUntagged?: boolean;
}

/** The first rule whose pattern names a repository decides; a repository that no rule names keeps everything. */
export type RetentionPolicy = readonly RetentionRule[];

export function ruleFor(policy: RetentionPolicy, name: RepositoryName): RetentionRule | undefined {
  return policy.find(({ repositories }) => toPattern(repositories).test(name));
}

/** The tags that the rule keeps, at the time `now`. */
export function keptTags(rule: RetentionRule, tags: ReadonlyMap<Tag, ScannedTag>, now: Date): ReadonlySet<Tag> {
  if (!rule.keep) return new Set(tags.keys());
  const kept = new Set<Tag>();
  for (const { tags: pattern, pushedWithinMs, newest } of rule.keep) {
    const matching = [...tags]
      .filter(([tag]) => toPattern(pattern).test(tag))
      .sort(([, a], [, b]) => b.pushedAt.getTime() - a.pushedAt.getTime());
    const since = now.getTime() - (pushedWithinMs ?? 0);
    for (const [i, [tag, { pushedAt }]] of matching.entries()) {
      const isUnlimited = pushedWithinMs === undefined && newest === undefined;
      const isYoung = pushedWithinMs !== undefined && pushedAt.getTime() > since;
      if (isUnlimited || isYoung || (newest !== undefined && i < newest)) kept.add(tag);
    }
  }
  return kept;
}

function toPattern(glob: string): RegExp {
  const source = glob.replace(/[\\^$.*+?()[\]{}|]/g, (mark) =>
    mark === '*' ? '.*' : mark === '?' ? '.' : `\\${mark}`,
  );
  return new RegExp(`^${source}$`);
}
