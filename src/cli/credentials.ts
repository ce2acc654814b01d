import { DEFAULT_DOMAIN, type JsonObject, TrustSandboxError } from '../core/index.ts';
import { askHelper, CredentialHelperError, helperOf, tellHelper } from './credential-helper.ts';
import { type DockerConfig, memberOf, writeDockerConfig } from './docker-config.ts';

/** Who the user is to one registry. `identityToken` in place of a password where the registry gave one. */
export interface StoredCredentials {
  readonly username: string;
  readonly password: string;
  readonly identityToken?: string;
}

/** How Docker Hub is called in `config.json`. */
export const HUB_SERVER = 'https://index.docker.io/v1/';
const HELPER_TOKEN = '<token>';

/** The name that a registry's credentials are kept under. */
export function serverOf(domain: string): string {
  return domain === DEFAULT_DOMAIN ? HUB_SERVER : domain;
}

/** A server's address as people give it, without scheme and path. */
export function hostOf(address: string): string {
  return address.replace(/^https?:\/\//, '').split('/', 1)[0] ?? '';
}

/**
 * Credentials of a registry, from a helper where the config names one, else from the config itself. A helper that fails
 * has none, as for docker: `credsStore` may be that of another machine.
 */
export async function findCredentials(config: DockerConfig, server: string): Promise<StoredCredentials | undefined> {
  const helper = helperOf(config, server);
  if (helper !== undefined) {
    return parseHelped(await askHelper(helper, server).catch(ignoreFailure));
  }
  return parseEntry(entryOf(memberOf(config.value, 'auths'), server));
}

/**
 * Keeps credentials. @returns false where they stand in the config in plain text, and did not before
 * @throws {CredentialHelperError}
 */
export async function storeCredentials(config: DockerConfig, server: string, it: StoredCredentials): Promise<boolean> {
  const auths = memberOf(config.value, 'auths');
  const helper = helperOf(config, server);
  if (helper !== undefined) {
    const secret = it.identityToken ?? it.password;
    const input = { ServerURL: server, Username: it.identityToken ? HELPER_TOKEN : it.username, Secret: secret };
    await tellHelper(helper, 'store', JSON.stringify(input));
    await writeAuths(config, { ...auths, [server]: {} }); // says that the helper knows it
    return true;
  }
  const auth = Buffer.from(`${it.username}:${it.identityToken ? '' : it.password}`).toString('base64');
  const entry = { auth, ...(it.identityToken && { identitytoken: it.identityToken }) };
  if (JSON.stringify(auths[server]) === JSON.stringify(entry)) return true;
  await writeAuths(config, { ...auths, [server]: entry });
  return false;
}

/**
 * Forgets what is kept under these names of one registry. @returns why it could not be, by name
 */
export async function eraseCredentials(
  config: DockerConfig,
  servers: readonly string[],
): Promise<ReadonlyMap<string, CredentialHelperError>> {
  const failures = new Map<string, CredentialHelperError>();
  for (const server of servers) {
    const helper = helperOf(config, server);
    if (helper === undefined) continue;
    await tellHelper(helper, 'erase', server).catch((thrown: unknown) => {
      if (!(thrown instanceof CredentialHelperError)) throw thrown;
      failures.set(server, thrown);
    });
  }
  const auths = memberOf(config.value, 'auths');
  const kept = Object.entries(auths).filter(([name]) => !servers.includes(name));
  if (kept.length < Object.keys(auths).length) await writeAuths(config, Object.fromEntries(kept));
  return failures;
}

async function writeAuths(config: DockerConfig, auths: JsonObject): Promise<void> {
  await writeDockerConfig({ ...config, value: { ...config.value, auths } });
}

function ignoreFailure(thrown: unknown): undefined {
  if (!(thrown instanceof TrustSandboxError)) throw thrown;
}

/** An entry by its name, or by another spelling of it: once they were kept under whole URLs. */
function entryOf(auths: JsonObject, server: string): JsonObject {
  if (Object.hasOwn(auths, server)) return memberOf(auths, server);
  const name = Object.keys(auths).find((one) => hostOf(one) === server);
  return name === undefined ? {} : memberOf(auths, name);
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

function parseHelped({ Username: username, Secret: secret }: JsonObject = {}): StoredCredentials | undefined {
  if (typeof username !== 'string' || typeof secret !== 'string') return undefined;
  if (username === HELPER_TOKEN) return { username: '', password: '', identityToken: secret };
  return { username, password: secret };
}
