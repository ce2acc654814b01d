/** Why a word has no value that can be known: a modifier that is not one. */
export type ExpandProblem = { readonly problem: string };

const NAME = /^[A-Za-z_][A-Za-z0-9_]*/;

/**
 * Replaces variables in a word of FROM or ARG, and takes quotes away (Dockerfile reference, "Environment replacement"):
 * `$a`, `${a}`, `${a:-other}`, `${a:+other}`, `${a-other}`, `${a+other}`, `${a:?message}`, `${a?message}`.
 */
export function expandWord(
  word: string,
  variables: ReadonlyMap<string, string>,
  escapeToken: string,
): string | ExpandProblem {
  let out = '';
  let quote = '';
  for (let at = 0; at < word.length; ) {
    const char = word[at] ?? '';
    if (char === escapeToken && quote !== "'") {
      out += word[at + 1] ?? '';
      at += 2;
    } else if (quote === '' ? char === '"' || char === "'" : char === quote) {
      quote = quote === '' ? char : '';
      at += 1;
    } else if (char === '$' && quote !== "'") {
      const found = readVariable(word.slice(at + 1), variables, escapeToken);
      if ('problem' in found) return found;
      out += found.value;
      at += 1 + found.length;
    } else {
      out += char;
      at += 1;
    }
  }
  return out;
}

function readVariable(
  rest: string,
  variables: ReadonlyMap<string, string>,
  escapeToken: string,
): { readonly value: string; readonly length: number } | ExpandProblem {
  if (!rest.startsWith('{')) {
    const name = NAME.exec(rest)?.[0] ?? '';
    return name === '' ? { value: '$', length: 0 } : { value: variables.get(name) ?? '', length: name.length };
  }
  const end = closingBrace(rest);
  const body = rest.slice(1, end);
  const name = NAME.exec(body)?.[0];
  if (end < 0 || name === undefined) return { problem: `$${rest} is no variable` };
  const length = end + 1;
  const value = variables.get(name);
  const [, colon, operator, other] = /^(:?)([-+?])(.*)$/s.exec(body.slice(name.length)) ?? [];
  if (operator === undefined) {
    return body === name ? { value: value ?? '', length } : { problem: `\${${body}} is a form that is not known here` };
  }
  const isSet = value !== undefined && !(colon && value === '');
  if (operator === '?') return isSet ? { value, length } : { problem: `${name}: ${other || 'not set'}` };
  if (operator === '-' && isSet) return { value, length };
  if (operator === '+' && !isSet) return { value: '', length };
  const expanded = expandWord(other ?? '', variables, escapeToken);
  return typeof expanded === 'string' ? { value: expanded, length } : expanded;
}

/** The brace that closes the first. */
function closingBrace(text: string): number {
  let depth = 0;
  for (const [at, char] of [...text].entries()) {
    if (char === '{') depth += 1;
    if (char === '}') depth -= 1;
    if (depth === 0) return at;
  }
  return -1;
}
