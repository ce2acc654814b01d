import { TrustSandboxError } from '../../core/index.ts';

/**
 * Where an Engine listens: a unix socket; a TCP address, with TLS where `tls` is given, whose API may begin below a path; or
 * at the other end of a command that talks to it on its standard streams (`ssh HOST docker system dial-stdio`).
 */
export type EngineAddress =
  | { readonly kind: 'unix'; readonly path: string }
  | {
      readonly kind: 'tcp';
      readonly host: string;
      readonly port: number;
      readonly basePath?: string;
      readonly tls?: EngineTls;
    }
  | { readonly kind: 'ssh'; readonly host: string; readonly command: readonly [string, ...string[]] };

/** PEM texts for an Engine behind TLS. Without `verify` any server certificate is taken. */
export interface EngineTls {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly verify: boolean;
}

/** `DOCKER_HOST` names no Engine that can be reached from here. */
export class DockerHostInvalidError extends TrustSandboxError {
  readonly code = 'ENGINE_HOST_INVALID';
}

const DEFAULT_SOCKET = '/var/run/docker.sock';
const PLAIN_PORT = 2375;
const TLS_PORT = 2376;
const SSH_OPTIONS = ['-o', 'ConnectTimeout=30'];

/**
 * Reads `DOCKER_HOST`: `unix:///run/docker.sock`, `tcp://host:2375`, a host alone, `ssh://user@host:22/run/docker.sock`.
 * @throws {DockerHostInvalidError} in docker's words
 */
export function parseDockerHost(text: string, tls?: EngineTls): EngineAddress {
  const url = text.includes('://') ? text.trim() : `tcp://${text.trim()}`;
  const [, scheme = '', rest = ''] = /^([a-z]+):\/\/(.*)$/.exec(url) ?? [];
  switch (scheme) {
    case 'unix':
      return { kind: 'unix', path: rest === '' ? DEFAULT_SOCKET : rest };
    case 'tcp':
      return parseTcp(url, rest, tls);
    case 'ssh':
      return parseSsh(url);
    default:
      throw new DockerHostInvalidError(`invalid bind address format: ${text}`);
  }
}

function parseTcp(text: string, rest: string, tls: EngineTls | undefined): EngineAddress {
  const [authority = '', ...path] = rest.split('/');
  const [, inBrackets, plain = '', port] = /^(?:\[([^\]]*)\]|([^:]*))(?::(.*))?$/.exec(authority) ?? [];
  if (port !== undefined && !/^\d{0,5}$/.test(port)) {
    throw new DockerHostInvalidError(`parse "${text}": invalid port ":${port}" after host`);
  }
  const basePath = path.join('/').replace(/\/+$/, '');
  return {
    kind: 'tcp',
    host: inBrackets ?? (plain || 'localhost'),
    port: Number(port) || (tls ? TLS_PORT : PLAIN_PORT),
    ...(basePath && { basePath: `/${basePath}` }),
    ...(tls && { tls }),
  };
}

/** `docker` there is asked to connect its streams with its Engine (docker CLI 28, `connhelper/ssh`). */
function parseSsh(text: string): EngineAddress {
  const refuse = (reason: string): never => {
    throw new DockerHostInvalidError(`ssh host connection is not valid: invalid SSH URL: ${reason}`);
  };
  const url = URL.canParse(text) ? new URL(text) : refuse('it can not be parsed');
  if (url.password !== '') return refuse('plain-text password is not supported');
  const host = decodeURIComponent(url.hostname).replace(/^\[|\]$/g, '');
  if (host === '') return refuse('hostname is empty');
  if (host.startsWith('-') || url.username.startsWith('-')) return refuse('host and user must not begin with a dash');
  if (url.search !== '') return refuse(`extra query after the host: ${url.search.slice(1)}`);
  const user = url.username === '' ? [] : ['-l', decodeURIComponent(url.username)];
  const port = url.port === '' ? [] : ['-p', url.port];
  const path = url.pathname.replace(/^\/$/, '');
  const engine = path === '' ? [] : ['--host', `unix://${quoteForShell(decodeURIComponent(path))}`];
  const command = ['docker', ...engine, 'system', 'dial-stdio'];
  return { kind: 'ssh', host, command: ['ssh', ...SSH_OPTIONS, ...user, ...port, '-T', '--', host, ...command] };
}

/** ssh gives its words to a shell there. */
function quoteForShell(text: string): string {
  return /^[\w./@%+=:,-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** The address as people write it. */
export function formatDockerHost(address: EngineAddress): string {
  if (address.kind === 'unix') return `unix://${address.path}`;
  if (address.kind === 'ssh') return `ssh://${address.host}`;
  const host = address.host.includes(':') ? `[${address.host}]` : address.host;
  return `tcp://${host}:${address.port}${address.basePath ?? ''}`;
}
