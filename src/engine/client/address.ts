import { TrustSandboxError } from '../../core/index.ts';

/** Where an Engine listens: a unix socket, or a TCP address, with TLS where `tls` is given. */
export type EngineAddress =
  | { readonly kind: 'unix'; readonly path: string }
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number; readonly tls?: EngineTls };

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

const PLAIN_PORT = 2375;
const TLS_PORT = 2376;

/** Reads `DOCKER_HOST`: `unix:///run/docker.sock`, `tcp://host:2375`, or a host alone. @throws {DockerHostInvalidError} */
export function parseDockerHost(text: string, tls?: EngineTls): EngineAddress {
  const [, scheme, rest = ''] = /^([a-z]+):\/\/(.*)$/.exec(text.includes('://') ? text : `tcp://${text}`) ?? [];
  if (scheme === 'unix') return { kind: 'unix', path: rest === '' ? '/var/run/docker.sock' : rest };
  if (scheme === 'tcp' || scheme === 'http' || scheme === 'https') {
    const url = URL.canParse(`http://${rest}`) ? new URL(`http://${rest}`) : undefined;
    if (url?.hostname) {
      const isTls = tls !== undefined || scheme === 'https';
      const port = Number(url.port) || (isTls ? TLS_PORT : PLAIN_PORT);
      const host = url.hostname.replace(/^\[|\]$/g, '');
      return { kind: 'tcp', host, port, ...(isTls && { tls: tls ?? { verify: true } }) };
    }
  }
  throw new DockerHostInvalidError(`unable to parse docker host \`${text}\`: only unix:// and tcp:// can be reached`);
}

/** The address as people write it. */
export function formatDockerHost(address: EngineAddress): string {
  if (address.kind === 'unix') return `unix://${address.path}`;
  const host = address.host.includes(':') ? `[${address.host}]` : address.host;
  return `tcp://${host}:${address.port}`;
}
