import type { Access } from './access.ts';

/** Longest scope that is looked at, in characters; a name has at most 255, and there are three actions. */
const MAX_SCOPE_LENGTH = 1024;
const TYPE = /^[a-z0-9]+$/;
const ACTIONS = /^(?:\*|[a-z]+)(?:,(?:\*|[a-z]+))*$/;

/** `repository:a/b:pull,push registry:catalog:*`: the `scope` of a challenge and of a request for a token. */
export function formatScope(access: readonly Access[]): string {
  return access.map(({ type, name, actions }) => `${type}:${name}:${actions.join(',')}`).join(' ');
}

/**
 * Reads a scope (distribution "Token Scope Documentation"): several are separated by spaces, a class in brackets after the
 * type is passed over, and a name may hold colons (`registry:5000/a`). What is none is left out: a token that lacks it is
 * the answer the protocol has for that.
 */
export function parseScope(text: string): Access[] {
  return text.split(' ').flatMap((each) => {
    const access = each.length <= MAX_SCOPE_LENGTH ? parseResourceScope(each) : undefined;
    return access ? [access] : [];
  });
}

function parseResourceScope(text: string): Access | undefined {
  const first = text.indexOf(':');
  const last = text.lastIndexOf(':');
  if (first < 0 || last === first) return undefined;
  const type = text.slice(0, first).replace(/\([a-z0-9]+\)$/, '');
  const name = text.slice(first + 1, last);
  const actions = text.slice(last + 1);
  if (!TYPE.test(type) || name === '' || !ACTIONS.test(actions)) return undefined;
  return { type, name, actions: [...new Set(actions.split(','))] };
}
