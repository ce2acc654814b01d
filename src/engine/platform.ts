import { isJsonObject, type JsonObject, type JsonValue, parseJson, TrustSandboxError } from '../core/index.ts';

/** What an image runs on (image-spec v1.1, image-index.md, "platform"). */
export interface Platform {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string;
}

/** Text that names no platform. */
export class PlatformInvalidError extends TrustSandboxError {
  readonly code = 'ENGINE_PLATFORM_INVALID';
}

const ARCHITECTURES: ReadonlyMap<string, string> = new Map([
  ['x64', 'amd64'],
  ['x86_64', 'amd64'],
  ['aarch64', 'arm64'],
  ['ia32', '386'],
]);

/** The platform of this machine; images are linux's everywhere, as with docker. */
export function hostPlatform(architecture: string = process.arch): Platform {
  return { os: 'linux', architecture: normalArchitecture(architecture) };
}

export function readPlatform(source: JsonObject): Platform {
  const variant = source.variant;
  return {
    os: typeof source.os === 'string' ? source.os : 'linux',
    architecture: typeof source.architecture === 'string' ? source.architecture : 'amd64',
    ...(typeof variant === 'string' && variant !== '' && { variant }),
  };
}

export function isSamePlatform(wanted: Platform, offered: Platform): boolean {
  if (wanted.os !== offered.os || normalArchitecture(offered.architecture) !== wanted.architecture) return false;
  return wanted.variant === undefined || offered.variant === undefined || wanted.variant === offered.variant;
}

/** `linux/amd64`, `linux/arm/v7`, or the JSON form newer clients send. @throws {PlatformInvalidError} */
export function parsePlatform(text: string): Platform {
  if (text.startsWith('{')) return parsePlatformJson(text);
  const [os = '', architecture, variant] = text.toLowerCase().split('/');
  if (!/^[a-z0-9]+$/.test(os)) throw new PlatformInvalidError(`"${text}": unknown operating system or architecture`);
  return {
    os,
    architecture: normalArchitecture(architecture ?? process.arch),
    ...(variant !== undefined && { variant }),
  };
}

export function platformText({ os, architecture, variant }: Platform): string {
  return [os, architecture, ...(variant === undefined ? [] : [variant])].join('/');
}

function parsePlatformJson(text: string): Platform {
  const value: JsonValue = parseJson(text, { maxBytes: 4096 });
  if (!isJsonObject(value)) throw new PlatformInvalidError(`invalid platform ${JSON.stringify(text.slice(0, 80))}`);
  return readPlatform(value);
}

function normalArchitecture(name: string): string {
  return ARCHITECTURES.get(name) ?? name;
}
