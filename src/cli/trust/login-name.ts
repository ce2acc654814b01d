import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isJsonObject, type JsonValue, parseJson } from '../../core/index.ts';

const DOCKER_HUB = 'https://index.docker.io/v1/';
const MAX_CONFIG_BYTES = 1024 * 1024;

/** User name of the login with a registry in docker's `config.json`; '' when there is none, or it is kept elsewhere. */
export async function findLoginName(dockerConfig: string, domain: string): Promise<string> {
  const text = await readFile(join(dockerConfig, 'config.json'), 'utf8').catch(() => '{}');
  const config = parseJson(text, { maxBytes: MAX_CONFIG_BYTES });
  const auths = isJsonObject(config) ? config.auths : undefined;
  const entry = isJsonObject(auths) ? auths[domain === 'docker.io' ? DOCKER_HUB : domain] : undefined;
  return isJsonObject(entry) ? userOf(entry.auth) : '';
}

/** `auth` is base64 of `user:password`. */
function userOf(auth: JsonValue | undefined): string {
  return typeof auth === 'string' ? (Buffer.from(auth, 'base64').toString('utf8').split(':')[0] ?? '') : '';
}
