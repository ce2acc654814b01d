import { isJsonObject, type JsonObject, type JsonValue, parseJson, TrustSandboxError } from '../core/index.ts';

/** A change to an image's config that is none. */
export class ConfigChangeError extends TrustSandboxError {
  readonly code = 'ENGINE_CONFIG_CHANGE';
}

type Change = (config: JsonObject, argument: string) => JsonObject;

/** Instructions of a Dockerfile that only change the config: what `import -c` takes. */
const CHANGES: ReadonlyMap<string, Change> = new Map<string, Change>([
  ['CMD', (config, text) => ({ ...config, Cmd: commandOf(text) })],
  ['ENTRYPOINT', (config, text) => ({ ...config, Entrypoint: commandOf(text) })],
  ['ENV', (config, text) => ({ ...config, Env: mergeEnvironment(config.Env, pairsOf(text)) })],
  ['EXPOSE', (config, text) => ({ ...config, ExposedPorts: addKeys(config.ExposedPorts, wordsOf(text).map(portOf)) })],
  [
    'LABEL',
    (config, text) => ({ ...config, Labels: { ...objectOf(config.Labels), ...Object.fromEntries(pairsOf(text)) } }),
  ],
  ['ONBUILD', (config, text) => ({ ...config, OnBuild: [...listOf(config.OnBuild), text] })],
  ['STOPSIGNAL', (config, text) => ({ ...config, StopSignal: text })],
  ['USER', (config, text) => ({ ...config, User: text })],
  ['VOLUME', (config, text) => ({ ...config, Volumes: addKeys(config.Volumes, arrayOf(text) ?? wordsOf(text)) })],
  [
    'WORKDIR',
    (config, text) => ({ ...config, WorkingDir: text.startsWith('/') ? text : `${config.WorkingDir ?? ''}/${text}` }),
  ],
]);

/** Applies `CMD ["sh"]`, `ENV A=b`, … to a config (Dockerfile reference). @throws {ConfigChangeError} */
export function changeConfig(config: JsonObject, changes: readonly string[]): JsonObject {
  return changes
    .filter((line) => line.trim() !== '')
    .reduce((changed, line) => {
      const [, name = '', argument = ''] = /^\s*(\S+)\s*([\s\S]*?)\s*$/.exec(line) ?? [];
      const change = CHANGES.get(name.toUpperCase());
      if (!change) throw new ConfigChangeError(`${name.slice(0, 40).toLowerCase()} is not a valid change command`);
      if (argument === '') throw new ConfigChangeError(`${name.toUpperCase()} requires at least one argument`);
      return change(changed, argument);
    }, config);
}

/** The exec form, or the shell form: a command line for `/bin/sh -c`. */
function commandOf(text: string): JsonValue {
  return arrayOf(text) ?? ['/bin/sh', '-c', text];
}

function arrayOf(text: string): string[] | undefined {
  if (!text.startsWith('[')) return undefined;
  try {
    const value = parseJson(text);
    if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value as string[];
  } catch {
    // no array after all: the shell form
  }
  return undefined;
}

/** `a=1 b="two words"`, or the old form `a 1`. */
function pairsOf(text: string): (readonly [string, string])[] {
  const [first = ''] = text.split(/\s/, 1);
  if (!first.includes('=')) return [[first, text.slice(first.length).trim()]];
  return wordsOf(text).map((word) => {
    const at = word.indexOf('=');
    if (at < 1) throw new ConfigChangeError(`syntax error: can't find = in ${JSON.stringify(word.slice(0, 80))}`);
    return [word.slice(0, at), word.slice(at + 1)] as const;
  });
}

/** Words as a shell would take them apart: quotes and backslashes hold together what they enclose. */
function wordsOf(text: string): string[] {
  const words = text.match(/(?:[^\s"'\\]|\\[\s\S]|"(?:[^"\\]|\\[\s\S])*"|'[^']*')+/g) ?? [];
  return words.map((word) =>
    word.replaceAll(/"((?:[^"\\]|\\[\s\S])*)"|'([^']*)'|\\([\s\S])/g, (_, double, single, escaped) =>
      double !== undefined ? String(double).replaceAll(/\\([\s\S])/g, '$1') : (single ?? escaped ?? ''),
    ),
  );
}

function portOf(port: string): string {
  if (!/^\d{1,5}(?:-\d{1,5})?(?:\/(?:tcp|udp|sctp))?$/.test(port)) {
    throw new ConfigChangeError(`invalid containerPort: ${port.slice(0, 40)}`);
  }
  return port.includes('/') ? port : `${port}/tcp`;
}

function mergeEnvironment(known: JsonValue | undefined, pairs: readonly (readonly [string, string])[]): JsonValue {
  const merged = new Map(
    listOf(known).map((line) => {
      const text = String(line);
      const at = text.indexOf('=');
      return [text.slice(0, at), text.slice(at + 1)] as const;
    }),
  );
  for (const [name, value] of pairs) merged.set(name, value);
  return [...merged].map(([name, value]) => `${name}=${value}`);
}

function addKeys(known: JsonValue | undefined, names: readonly string[]): JsonObject {
  return { ...objectOf(known), ...Object.fromEntries(names.map((name) => [name, {}])) };
}

function objectOf(value: JsonValue | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}

function listOf(value: JsonValue | undefined): readonly JsonValue[] {
  return Array.isArray(value) ? value : [];
}
