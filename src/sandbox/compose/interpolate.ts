import { failAt, type Place, type Tree } from './tree.ts';

/** Gives the value of a variable; `undefined` when it is unset. */
export type Lookup = (name: string) => string | undefined;

export interface Interpolation {
  readonly lookup: Lookup;
  /** Is told the name of each variable that is unset and has no default: it becomes an empty text. */
  readonly onUnset: (name: string) => void;
}

/** A variable in braces that is none, or a required one that has no value. */
export class InterpolationError extends Error {}

const NAME = /^[_a-zA-Z][_a-zA-Z0-9]*/;
/** Longest first: `:-` before `-`. */
const OPERATORS = [':-', ':?', ':+', '-', '?', '+'] as const;
const MAX_DEPTH = 32;

/**
 * Puts variables in (Compose Specification, "Interpolation"): `$X`, `${X}`, with `:-` `-` a default, `:?` `?` an error, `:+` `+`
 * a replacement, each nested; `$$` is a dollar. The forms with a colon take an empty value for none. A dollar before
 * anything else stays.
 * @throws {InterpolationError}
 */
export function interpolate(text: string, using: Interpolation, depth = 0): string {
  if (depth > MAX_DEPTH) throw new InterpolationError('variables are nested too deeply');
  let result = '';
  for (let at = 0; ; ) {
    const dollar = text.indexOf('$', at);
    if (dollar < 0) return result + text.slice(at);
    result += text.slice(at, dollar);
    const rest = text.slice(dollar + 1);
    const name = NAME.exec(rest)?.[0];
    if (rest.startsWith('$')) {
      result += '$';
      at = dollar + 2;
    } else if (rest.startsWith('{')) {
      const end = closingBrace(rest);
      if (end < 0)
        throw new InterpolationError(`invalid interpolation format: "$${rest.slice(0, 40)}" has no closing brace`);
      result += braced(rest.slice(1, end), using, depth);
      at = dollar + 1 + end + 1;
    } else if (name !== undefined) {
      result += plain(name, using);
      at = dollar + 1 + name.length;
    } else {
      result += '$';
      at = dollar + 1;
    }
  }
}

/** Puts variables into every text of a tree, keys excepted. @throws {ComposeFileError} with the place */
export function interpolateTree(tree: Tree, using: Interpolation): Tree {
  if (tree.kind === 'list') return { ...tree, items: tree.items.map((item) => interpolateTree(item, using)) };
  if (tree.kind === 'map') {
    return { ...tree, entries: new Map([...tree.entries].map(([key, value]) => [key, interpolateTree(value, using)])) };
  }
  if (typeof tree.value !== 'string' || !tree.value.includes('$')) return tree;
  return { ...tree, value: interpolateAt(tree.value, tree.place, using) };
}

function interpolateAt(text: string, place: Place, using: Interpolation): string {
  try {
    return interpolate(text, using);
  } catch (thrown) {
    if (thrown instanceof InterpolationError) failAt(place, thrown.message);
    throw thrown;
  }
}

/** Where the brace that opens `text` closes; those of variables inside are passed over. */
function closingBrace(text: string): number {
  let open = 0;
  for (let at = 0; at < text.length; at += 1) {
    if (text[at] === '{' && (at === 0 || text[at - 1] === '$')) open += 1;
    else if (text[at] === '}') {
      open -= 1;
      if (open === 0) return at;
    }
  }
  return -1;
}

function braced(inside: string, using: Interpolation, depth: number): string {
  const name = NAME.exec(inside)?.[0] ?? '';
  const rest = inside.slice(name.length);
  const operator = OPERATORS.find((candidate) => rest.startsWith(candidate));
  if (name === '' || (rest !== '' && operator === undefined)) {
    throw new InterpolationError(
      `invalid interpolation format: "\${${inside}}". You may need to escape any $ with another $`,
    );
  }
  if (operator === undefined) return plain(name, using);
  const word = (): string => interpolate(rest.slice(operator.length), using, depth + 1);
  const value = using.lookup(name);
  const isThere = value !== undefined && !(operator.startsWith(':') && value === '');
  if (operator.endsWith('+')) return isThere ? word() : '';
  if (isThere) return value;
  if (operator.endsWith('-')) return word();
  const reason = word();
  throw new InterpolationError(`required variable ${name} is missing a value${reason === '' ? '' : `: ${reason}`}`);
}

function plain(name: string, { lookup, onUnset }: Interpolation): string {
  const value = lookup(name);
  if (value === undefined) onUnset(name);
  return value ?? '';
}
