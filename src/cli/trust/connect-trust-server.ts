import { openNotaryClient } from '../../notary/client/index.ts';
import type { NetworkNames } from '../../sandbox/index.ts';
import type { TrustServer } from '../../trust/index.ts';
import type { ServerCertificates } from './server-certificates.ts';

/** How to reach a trust server. */
export interface TrustServerAddress {
  readonly url: string;
  readonly certificates: ServerCertificates;
  readonly names: NetworkNames;
  readonly signal: AbortSignal;
}

export type ConnectTrustServer = (address: TrustServerAddress) => TrustServer;

const HTTPS_PORT = 443;

/** Certificates are always checked, also where docker does not: when the registry's name is a loopback address. */
export function connectTrustServer({ url, certificates, names, signal }: TrustServerAddress): TrustServer {
  const { hostname, port } = new URL(url);
  const connect = names.find(hostname, Number(port) || HTTPS_PORT);
  const { ca, publicRoots, client } = certificates;
  return openNotaryClient({
    url,
    signal,
    ...(ca && { ca }),
    ...(publicRoots && { publicRoots }),
    ...(client && { clientCertificate: client }),
    ...(connect && { connect }),
  });
}
