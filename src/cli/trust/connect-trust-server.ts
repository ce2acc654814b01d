import { errorMessage } from '../../core/index.ts';
import { NetworkError, openNotaryClient } from '../../notary/client/index.ts';
import type { NetworkNames } from '../../sandbox/client/index.ts';
import type { TrustServer } from '../../trust/index.ts';
import type { StoredCredentials } from '../credentials.ts';
import { Authorization } from './authorized-trust-server.ts';
import type { ServerCertificates } from './server-certificates.ts';

/** How to reach a trust server. */
export interface TrustServerAddress {
  readonly url: string;
  readonly certificates: ServerCertificates;
  readonly names: NetworkNames;
  readonly signal: AbortSignal;
  /** Who the user is to the registry, and so to its trust server; asked for when it wants to know. */
  findCredentials(): Promise<StoredCredentials | undefined>;
}

export type ConnectTrustServer = (address: TrustServerAddress) => TrustServer;

const HTTPS_PORT = 443;

/** Certificates are always checked, also where docker does not: when the registry's name is a loopback address. */
export function connectTrustServer(address: TrustServerAddress): TrustServer {
  const { url, certificates, names, signal } = address;
  const { hostname, port } = new URL(url);
  const connect = names.find(hostname, Number(port) || HTTPS_PORT);
  const { ca, publicRoots, client } = certificates;
  const authorization = new Authorization((challenge, scope) => answerAs(address, challenge, scope));
  return authorization.wrap(
    openNotaryClient({
      url,
      signal,
      authorization: authorization.header,
      ...(ca && { ca }),
      ...(publicRoots && { publicRoots }),
      ...(client && { clientCertificate: client }),
      ...(connect && { connect }),
    }),
  );
}

async function answerAs(
  { url, certificates, signal, findCredentials }: TrustServerAddress,
  challenge: string,
  scope: string,
): Promise<string | undefined> {
  const { answerChallenge } = await import('../../registry/client/index.ts');
  const ca = [...(certificates.ca ?? []), ...(certificates.publicRoots?.() ?? [])].join('\n');
  const endpoint = { baseUrl: url, ...(ca && { ca }) };
  try {
    const found = await findCredentials();
    return await answerChallenge(endpoint, challenge, scope, found && registryCredentials(found), signal);
  } catch (cause) {
    signal.throwIfAborted();
    throw new NetworkError(errorMessage(cause), { cause }); // as docker: its cache may stand in
  }
}

function registryCredentials({ username, password, identityToken }: StoredCredentials) {
  return identityToken === undefined
    ? ({ kind: 'password', username, password } as const)
    : ({ kind: 'identity', identityToken } as const);
}
