/** What a registry asks for in `WWW-Authenticate` (RFC 9110 §11.6.1). Scheme and parameter names in lower case. */
export interface Challenge {
  readonly scheme: string;
  readonly parameters: ReadonlyMap<string, string>;
}

const SCHEME = /^\s*([A-Za-z][A-Za-z0-9._-]*)\s*(.*)$/s;
const PARAMETER = /\s*([A-Za-z][A-Za-z0-9_-]*)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))\s*(?:,|$)/gy;

/** Reads the first challenge of a header; undefined where there is none to read. */
export function parseChallenge(header: string): Challenge | undefined {
  const [, scheme, rest] = SCHEME.exec(header) ?? [];
  if (scheme === undefined || rest === undefined) return undefined;
  const parameters = new Map<string, string>();
  for (const [, name = '', quoted, bare = ''] of rest.matchAll(PARAMETER)) {
    parameters.set(name.toLowerCase(), quoted?.replaceAll(/\\(.)/g, '$1') ?? bare);
  }
  return { scheme: scheme.toLowerCase(), parameters };
}
