/**
 * `WWW-Authenticate` (RFC 9110 §11.6.1): the scheme, and parameters as quoted strings. What is not ASCII goes as the bytes of
 * its UTF-8, as from Go; control characters are escaped, for no header can carry them.
 */
export function formatChallenge(
  scheme: string,
  parameters: readonly (readonly [name: string, value: string])[],
): string {
  const text = parameters.map(([name, value]) => `${name}=${quoted(value)}`).join(',');
  return `${scheme} ${Buffer.from(text, 'utf8').toString('latin1')}`;
}

function quoted(value: string): string {
  return JSON.stringify(value.toWellFormed()).replaceAll('\x7f', '\\u007f');
}
