import { TrustSandboxError } from '../../../core/index.ts';
import type { Access } from '../access.ts';

/** A grant that says nothing that could be meant. */
export class GrantInvalidError extends TrustSandboxError {
  readonly code = 'GRANT_INVALID';
}

/** Who may do what with which resources: one row of the file of grants. */
export interface GrantRule {
  /** Names of users; `*` is everybody who logged in, `anonymous` everybody. */
  readonly users: readonly string[];
  /** `repository`, or `registry` for the catalog. */
  readonly type: string;
  /** Pattern of names: `*` stands for what is between two slashes, `**` for anything, `{user}` for the user's name. */
  readonly name: string;
  /** `pull`, `push`, `delete`; `*` for all. */
  readonly actions: readonly string[];
}

export const ANONYMOUS = 'anonymous';
const EVERYBODY = '*';
const USER = '{user}';
const MAX_PATTERN_LENGTH = 512;

/** What each user may do. Nothing that is not granted is allowed. */
export class Grants {
  readonly #rules: readonly GrantRule[];
  readonly #hosts: readonly string[];

  /**
   * `hosts` are registries whose names are left out of patterns: Notary knows `registry:5000/team/app` by the whole name,
   * the registry by `team/app`, and one grant is for both.
   * @throws {GrantInvalidError} a pattern that is none
   */
  constructor(rules: readonly GrantRule[], hosts: readonly string[] = []) {
    for (const { name } of rules) verifyPattern(name);
    this.#rules = rules;
    this.#hosts = hosts;
  }

  /** What of `wanted` the user may have; resources of which nothing is granted are left out. */
  allowed(user: string | undefined, wanted: readonly Access[]): Access[] {
    return wanted.flatMap(({ type, name, actions }) => {
      const granted = this.#actionsOn(user, type, name);
      const given = granted.has('*') ? actions : actions.filter((action) => granted.has(action));
      return given.length > 0 ? [{ type, name, actions: given }] : [];
    });
  }

  #actionsOn(user: string | undefined, type: string, name: string): ReadonlySet<string> {
    const names = [
      name,
      ...this.#hosts.flatMap((host) => (name.startsWith(`${host}/`) ? name.slice(host.length + 1) : [])),
    ];
    const rules = this.#rules.filter(
      (rule) => rule.type === type && isFor(rule, user) && names.some((each) => matches(rule.name, each, user)),
    );
    return new Set(rules.flatMap((rule) => rule.actions));
  }
}

function isFor({ users }: GrantRule, user: string | undefined): boolean {
  if (users.includes(ANONYMOUS)) return true;
  return user !== undefined && (users.includes(EVERYBODY) || users.includes(user));
}

function verifyPattern(pattern: string): void {
  const plain = pattern.replaceAll(USER, 'u').replaceAll('*', 'x');
  if (pattern.length > MAX_PATTERN_LENGTH || !/^[A-Za-z0-9._:/-]+$/.test(plain)) {
    throw new GrantInvalidError(`${JSON.stringify(pattern)} is no pattern of names: want names, *, ** and ${USER}`);
  }
}

/** Segment by segment, and not by a regular expression: names come from outside. */
function matches(pattern: string, name: string, user: string | undefined): boolean {
  if (pattern.includes(USER) && (user === undefined || !/^[A-Za-z0-9._-]+$/.test(user))) return false;
  return matchesSegments(pattern.replaceAll(USER, user ?? '').split('/'), name.split('/'));
}

/** `**` takes as little as will do, and more when the rest does not match: the last one is enough to come back to. */
function matchesSegments(pattern: readonly string[], name: readonly string[]): boolean {
  const isOpenEnded = pattern.at(-1) === '**'; // `team/**` is what is in `team`, not `team`
  if (isOpenEnded && name.length < pattern.filter((segment) => segment !== '**').length + 1) return false;
  let [p, n, star, mark] = [0, 0, -1, 0];
  while (n < name.length) {
    const segment = pattern[p];
    if (segment === '**') {
      [star, mark, p] = [p, n, p + 1];
    } else if (segment !== undefined && matchesWord(segment, name[n] ?? '')) {
      [p, n] = [p + 1, n + 1];
    } else if (star >= 0) {
      [p, n, mark] = [star + 1, mark + 1, mark + 1];
    } else {
      return false;
    }
  }
  return pattern.slice(p).every((segment) => segment === '**');
}

/** `*` within a segment: the parts between must come in order. */
function matchesWord(pattern: string, word: string): boolean {
  const [begin = '', ...parts] = pattern.split(/\*+/);
  const end = parts.pop();
  if (end === undefined) return pattern === word;
  if (word.length < begin.length + end.length || !word.startsWith(begin) || !word.endsWith(end)) return false;
  let at = begin.length;
  for (const part of parts) {
    const found = word.indexOf(part, at);
    if (found < 0 || found + part.length > word.length - end.length) return false;
    at = found + part.length;
  }
  return true;
}
