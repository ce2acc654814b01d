import { errorMessage } from '../../core/index.ts';
import { NetworkError, type NotaryClientOptions, openNotaryClient } from '../../notary/client/index.ts';
import type { TrustServer } from '../../trust/index.ts';
import type { Gun } from '../../tuf/index.ts';
import { type FindHeader, LoginWays } from './authorized-server.ts';
import { NotaryCommandError } from './command.ts';
import type { NotaryContext } from './context.ts';
import { findLogin } from './login.ts';
import { readTlsFiles } from './tls-files.ts';

/** What a command does with a collection on the server: it decides what is asked of a token service. */
export type Access = 'read' | 'write' | 'admin';

const ACTIONS: Readonly<Record<Access, string>> = { read: 'pull', write: 'push,pull', admin: '*' };
const HTTPS_PORT = 443;
const HTTP_PORT = 80;
const UNAUTHORIZED = 401;
const SCHEME = /^[a-z][a-z0-9+.-]*:/i;

/**
 * The trust server, after a first request that shows whether it is there and wants a login. One that is not there is
 * told of in the log, and is a server that answers nothing: what is in the cache may do.
 * @throws {NotaryCommandError} URL or TLS files are not in order
 */
export async function connectNotary(context: NotaryContext, gun: Gun, access: Access): Promise<TrustServer> {
  const { config, io, surroundings } = context;
  const certificates = await readTlsFiles(config.server, surroundings.caBundle);
  const url = parseServerUrl(config.server.url);
  const { ca, publicRoots, client } = certificates;
  const address = surroundings.names.find(url.hostname, Number(url.port) || defaultPort(url));
  const options: NotaryClientOptions = {
    url: config.server.url,
    signal: io.signal,
    insecureSkipVerify: config.server.skipTlsVerify,
    ...(ca && { ca }),
    ...(publicRoots && { publicRoots }),
    ...(client && { clientCertificate: client }),
    ...(address && { connect: address }),
  };
  const challenge = await ping(options, context);
  if (challenge === 'offline') return offlineServer(url.host);
  const tokenCa = [...(ca ?? []), ...(publicRoots?.() ?? [])].join('\n');
  const ways = challenge === undefined ? [] : loginWays(context, challenge, gun, access, tokenCa);
  const login = new LoginWays(ways);
  return login.wrap(openNotaryClient({ ...options, authorization: login.header }));
}

/** Its challenge, if it has one. */
async function ping(options: NotaryClientOptions, { log, io }: NotaryContext): Promise<string | undefined | 'offline'> {
  using client = openNotaryClient(options);
  let problem: string;
  try {
    const { status, challenge } = await client.ping();
    if (status === UNAUTHORIZED || (status >= 200 && status < 300)) return challenge;
    problem = String(status);
  } catch (thrown) {
    io.signal.throwIfAborted();
    problem = `Get ${JSON.stringify(`${options.url.replace(/\/+$/, '')}/v2/`)}: ${errorMessage(thrown)}`;
  }
  log.error(`could not reach ${options.url}: ${problem}`);
  log.info('continuing in offline mode');
  return 'offline';
}

function loginWays(
  { io, log, config }: NotaryContext,
  challenge: string,
  gun: Gun,
  access: Access,
  ca: string,
): readonly FindHeader[] {
  const scope = `repository:${gun}:${ACTIONS[access]}`;
  const endpoint = { baseUrl: config.server.url, ...(ca && { ca }) };
  const answer = async (login: Awaited<ReturnType<typeof findLogin>>): Promise<string | undefined> => {
    const { answerChallenge } = await import('../../registry/client/index.ts');
    const credentials = login && ({ kind: 'password', ...login } as const);
    try {
      return await answerChallenge(endpoint, challenge, scope, credentials, io.signal);
    } catch (cause) {
      io.signal.throwIfAborted();
      throw new NetworkError(errorMessage(cause), { cause }); // the cache may stand in
    }
  };
  const asSomebody = async (): Promise<string | undefined> => answer(await findLogin(io, log));
  return access === 'read' ? [() => answer(undefined), asSomebody] : [asSomebody];
}

/** A server that cannot be asked. */
export function offlineServer(host = ''): TrustServer {
  const refuse = async (): Promise<never> => {
    throw new NetworkError('client is offline');
  };
  return { host, getMetadata: refuse, getKey: refuse, rotateKey: refuse, publish: refuse, deleteCollection: refuse };
}

function parseServerUrl(text: string): URL {
  const unparsed = (reason: string): NotaryCommandError =>
    new NotaryCommandError(
      `Could not parse remote trust server url (${text}): parse ${JSON.stringify(text)}: ${reason}`,
    );
  if (text.startsWith(':')) throw unparsed('missing protocol scheme');
  if (!SCHEME.test(text)) {
    if (text.split('/')[0]?.includes(':')) throw unparsed('first path segment in URL cannot contain colon');
    throw new NotaryCommandError(`Trust server url has to be in the form of http(s)://URL:PORT. Got: ${text}`);
  }
  if (!URL.canParse(text)) throw unparsed('invalid URL');
  const url = new URL(text);
  if (url.protocol === 'https:' || url.protocol === 'http:') return url;
  throw unparsed(`unsupported protocol scheme ${JSON.stringify(url.protocol.slice(0, -1))}`);
}

const defaultPort = ({ protocol }: URL): number => (protocol === 'https:' ? HTTPS_PORT : HTTP_PORT);
