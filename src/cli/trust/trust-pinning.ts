import { resolve } from 'node:path';
import { isJsonObject, type JsonObject, type JsonValue, TrustSandboxError } from '../../core/index.ts';
import type { TrustPinning } from '../../tuf/index.ts';

/** What is said of pinning makes no sense: then nobody is trusted at all. */
export class TrustPinningError extends TrustSandboxError {
  readonly code = 'TRUST_PINNING_INVALID';
}

const KNOWN: ReadonlySet<string> = new Set(['certs', 'ca', 'disable_tofu']);

/**
 * Reads notary's `trust_pinning`, which docker's `config.json` has as `trustPinning`:
 *
 *     {"certs": {"example.com/app": ["<certificate id>"], "example.com/*": […]},
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
  const certificates = entriesOf(value, 'certs', name).map(([pattern, keyids]) => {
    const isList = Array.isArray(keyids) && keyids.every((keyid) => typeof keyid === 'string');
    if (!isList) throw new TrustPinningError(`invalid format for ${name}.certs`);
    return [pattern, keyids as readonly string[]] as const;
  });
  const authorities = entriesOf(value, 'ca', name).map(([prefix, path]) => {
    if (typeof path !== 'string') throw new TrustPinningError(`invalid format for ${name}.ca`);
    return [prefix, resolve(folder, path)] as const;
  });
  return { certificates: new Map(certificates), authorities: new Map(authorities), isFirstUseRefused };
}

function entriesOf(value: JsonObject, member: string, name: string): readonly [string, JsonValue][] {
  const found = value[member] ?? {};
  if (!isJsonObject(found)) throw problem(`${name}.${member}`, 'should be an object');
  return Object.entries(found);
}

function problem(name: string, reason: string): TrustPinningError {
  return new TrustPinningError(`${name} ${reason}`);
}
