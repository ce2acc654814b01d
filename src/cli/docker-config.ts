import { readFile, realpath } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isJsonObject, type JsonObject, type JsonValue, parseJson, TrustSandboxError } from '../core/index.ts';
import { ensureFolder } from '../files/index.ts';
import { writeWhole } from './whole-file.ts';

/** docker's `config.json`, kept whole: what is not understood here is written back as it was. */
export interface DockerConfig {
  readonly path: string;
  readonly value: JsonObject;
}

/** A `config.json` that is none. */
export class DockerConfigError extends TrustSandboxError {
  readonly code = 'CLI_DOCKER_CONFIG';
}

/** @throws {DockerConfigError} not JSON, or no object */
export async function readDockerConfig(folder: string): Promise<DockerConfig> {
  const path = join(folder, 'config.json');
  const bytes = await readFile(path).catch((thrown: NodeJS.ErrnoException) => {
    if (thrown.code === 'ENOENT') return Buffer.from('{}');
    throw thrown;
  });
  return { path, value: parse(path, bytes) };
}

/** Replaces the file whole, readable by its owner alone, as docker writes it: indented by tabs, `auths` there if empty. */
export async function writeDockerConfig({ path, value }: DockerConfig): Promise<void> {
  await ensureFolder(dirname(path), 0o700);
  const file = await realpath(path).catch(() => path); // a link stays one
  await writeWhole(file, JSON.stringify(inOrder(value), undefined, '\t'), 0o600);
}

/** Keys in the order in which docker writes them (docker CLI 28, `configfile.ConfigFile`). */
const KEYS = [
  'auths',
  'HttpHeaders',
  'psFormat',
  'imagesFormat',
  'networksFormat',
  'pluginsFormat',
  'volumesFormat',
  'statsFormat',
  'detachKeys',
  'credsStore',
  'credHelpers',
  'serviceInspectFormat',
  'servicesFormat',
  'tasksFormat',
  'secretFormat',
  'configFormat',
  'nodesFormat',
  'pruneFilters',
  'proxies',
  'currentContext',
  'cliPluginsExtraDirs',
  'plugins',
  'aliases',
  'features',
] as const;

/** Those it does not know come last, in their own order. */
function inOrder(value: JsonObject): JsonObject {
  const all: JsonObject = { auths: {}, ...value };
  const known = KEYS.flatMap((key) => (all[key] === undefined ? [] : [[key, all[key]] as const]));
  return { ...Object.fromEntries(known), ...all, auths: sortedAuths(all) };
}

function sortedAuths(value: JsonObject): JsonObject {
  const entries = Object.entries(memberOf(value, 'auths'));
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** An object among the config's members; empty where it is missing. */
export function memberOf(value: JsonObject, name: string): JsonObject {
  const member: JsonValue | undefined = value[name];
  return isJsonObject(member) ? member : {};
}

function parse(path: string, bytes: Uint8Array): JsonObject {
  try {
    const value = parseJson(bytes);
    if (isJsonObject(value)) return value;
  } catch (cause) {
    throw new DockerConfigError(`Error loading config file: ${path}: ${(cause as Error).message}`, { cause });
  }
  throw new DockerConfigError(`Error loading config file: ${path}: not an object`);
}
