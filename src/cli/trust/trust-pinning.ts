import { resolve } from 'node:path';
import { isJsonObject, type JsonObject, type JsonValue, TrustSandboxError } from '../../core/index.ts';
import type { TrustPinning } from '../../tuf/index.ts';

/** What is said of pinning makes no sense: then nobody is trusted at all. */
export class TrustPinningError extends TrustSandboxError {
  readonly code = 'TRUST_PINNING_INVALID';
}

const KNOWN: ReadonlySet<string> = new Set(['certs', 'keys', 'ca', 'disable_tofu']);

/**
 * Reads notary's `trust_pinning`, which docker's `config.json` has as `trustPinning`; `keys` are our own:
 *
 *     {"certs": {"example.com/app": ["<certificate id>"], "example.com/*": […]},
 *      "keys": {"example.com/other": ["<key id>"]},
 *      "ca": {"example.com/": "ca.crt"}, "disable_tofu": true}
 *
 * `name` is what the setting is called. Paths are relative to `folder`, where the file is.
 * @throws {TrustPinningError} a member of another kind, or one that is not known: it may have been meant to protect
 */
export function parseTrustPinning(value: JsonValue, name: string, folder: string): TrustPinning {
  if (!isJsonObject(value)) throw problem(name, 'should be an object');
  const unknown = Object.keys(value).find((key) => !KNOWN.has(key));
  if (unknown !== undefined) throw problem(name, `has no member ${JSON.stringify(unknown)}`);
  const { disable_tofu: isFirstUseRefused = false } = value;
  if (typeof isFirstUseRefused !== 'boolean') throw problem(`${name}.disable_tofu`, 'should be true or false');
  const [certificates, keys] = [idsOf(value, 'certs', name), idsOf(value, 'keys', name)];
  const twice = [...keys.keys()].find((pattern) => certificates.has(pattern));
  if (twice !== undefined) throw problem(name, `has ${JSON.stringify(twice)} under certs and under keys`);
  const authorities = entriesOf(value, 'ca', name).map(([prefix, path]) => {
    if (typeof path !== 'string') throw new TrustPinningError(`invalid format for ${name}.ca`);
    return [prefix, resolve(folder, path)] as const;
  });
  return { certificates, keys, authorities: new Map(authorities), isFirstUseRefused };
}

function idsOf(value: JsonObject, member: 'certs' | 'keys', name: string): ReadonlyMap<string, readonly string[]> {
  const entries = entriesOf(value, member, name).map(([pattern, ids]) => {
    const isList = Array.isArray(ids) && ids.every((id) => typeof id === 'string');
    if (!isList) throw new TrustPinningError(`invalid format for ${name}.${member}`);
    return [pattern, ids as readonly string[]] as const;
  });
  return new Map(entries);
}

function entriesOf(value: JsonObject, member: string, name: string): readonly [string, JsonValue][] {
  const found = value[member] ?? {};
  if (!isJsonObject(found)) throw problem(`${name}.${member}`, 'should be an object');
  return Object.entries(found);
}

function problem(name: string, reason: string): TrustPinningError {
  return new TrustPinningError(`${name} ${reason}`);
}
