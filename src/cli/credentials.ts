import { execFile } from 'node:child_process';
import { DEFAULT_DOMAIN, isJsonObject, type JsonObject, parseJson, TrustSandboxError } from '../core/index.ts';
import { type DockerConfig, memberOf, writeDockerConfig } from './docker-config.ts';

/** Who the user is to one registry. `identityToken` in place of a password where the registry gave one. */
export interface StoredCredentials {
  readonly username: string;
  readonly password: string;
  readonly identityToken?: string;
}

/** A credential helper that failed. */
export class CredentialHelperError extends TrustSandboxError {
  readonly code = 'CLI_CREDENTIAL_HELPER';
}

/** How Docker Hub is called in `config.json`. */
export const HUB_SERVER = 'https://index.docker.io/v1/';
const HELPER_NAME = /^[A-Za-z0-9._-]+$/;
const HELPER_TIMEOUT_MS = 30_000;
const HELPER_TOKEN = '<token>';

/** The name that a registry's credentials are kept under. */
export function serverOf(domain: string): string {
  return domain === DEFAULT_DOMAIN ? HUB_SERVER : domain;
}

/** Credentials of a registry, from a helper where the config names one, else from the config itself. */
export async function findCredentials(config: DockerConfig, server: string): Promise<StoredCredentials | undefined> {
  const helper = helperOf(config, server);
  if (helper !== undefined) return askHelper(helper, server);
  const entry = memberOf(memberOf(config.value, 'auths'), server);
  return parseEntry(entry);
}

/** Keeps credentials. @returns false where they stand in the config in plain text */
export async function storeCredentials(config: DockerConfig, server: string, it: StoredCredentials): Promise<boolean> {
  const helper = helperOf(config, server);
  if (helper !== undefined) {
    const secret = it.identityToken ?? it.password;
    const input = { ServerURL: server, Username: it.identityToken ? HELPER_TOKEN : it.username, Secret: secret };
    await runHelper(helper, 'store', JSON.stringify(input));
    return true;
  }
  const auth = Buffer.from(`${it.username}:${it.identityToken ? '' : it.password}`).toString('base64');
  const entry = { auth, ...(it.identityToken && { identitytoken: it.identityToken }) };
  const auths = { ...memberOf(config.value, 'auths'), [server]: entry };
  await writeDockerConfig({ ...config, value: { ...config.value, auths } });
  return false;
}

export async function eraseCredentials(config: DockerConfig, server: string): Promise<void> {
  const helper = helperOf(config, server);
  if (helper !== undefined) await runHelper(helper, 'erase', server);
  const { [server]: _, ...others } = memberOf(config.value, 'auths');
  await writeDockerConfig({ ...config, value: { ...config.value, auths: others } });
}

/** `X-Registry-Auth` for a registry: base64url of JSON, padded, without which dockerd reads nothing; `{}` for nobody. */
export async function registryAuth(config: DockerConfig, domain: string): Promise<string> {
  const server = serverOf(domain);
  const found = await findCredentials(config, server);
  if (!found) return Buffer.from('{}').toString('base64');
  const { username, password, identityToken } = found;
  const auth = identityToken
    ? { username, identitytoken: identityToken, serveraddress: server }
    : { username, password, serveraddress: server };
  return Buffer.from(JSON.stringify(auth)).toString('base64').replaceAll('+', '-').replaceAll('/', '_');
}

function parseEntry({ auth, identitytoken }: JsonObject): StoredCredentials | undefined {
  const identityToken = typeof identitytoken === 'string' && identitytoken !== '' ? identitytoken : undefined;
  if (typeof auth !== 'string' || auth === '') return undefined;
  const text = Buffer.from(auth, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  if (colon < 0) return undefined;
  const password = text.slice(colon + 1).replace(/\0+$/, '');
  return { username: text.slice(0, colon), password, ...(identityToken && { identityToken }) };
}

function helperOf({ value }: DockerConfig, server: string): string | undefined {
  const helper = memberOf(value, 'credHelpers')[server] ?? value.credsStore;
  return typeof helper === 'string' && HELPER_NAME.test(helper) ? helper : undefined;
}

async function askHelper(helper: string, server: string): Promise<StoredCredentials | undefined> {
  const answer = await runHelper(helper, 'get', server).catch((thrown: CredentialHelperError) => {
    if (/credentials not found/.test(thrown.message)) return '';
    throw thrown;
  });
  const value = answer.trim() === '' ? undefined : parseJson(answer);
  if (!isJsonObject(value)) return undefined;
  const { Username: username, Secret: secret } = value;
  if (typeof username !== 'string' || typeof secret !== 'string') return undefined;
  if (username === HELPER_TOKEN) return { username: '', password: '', identityToken: secret };
  return { username, password: secret };
}

/** `docker-credential-<helper> <verb>` (docker-credential-helpers' protocol): input on stdin, JSON on stdout. */
function runHelper(helper: string, verb: 'get' | 'store' | 'erase', input: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile(`docker-credential-${helper}`, [verb], { timeout: HELPER_TIMEOUT_MS }, (cause, stdout) => {
      if (!cause) return resolve(stdout);
      const reason = stdout.trim() || cause.message;
      reject(new CredentialHelperError(`error getting credentials - err: ${reason}`, { cause }));
    });
    child.stdin?.on('error', () => undefined).end(input);
  });
}
