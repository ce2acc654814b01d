import { isIP } from 'node:net';
import { errorMessage } from '../../core/index.ts';
import { NetworkError } from './errors.ts';

/** Where a connection was to go: the name in the URL, and the address dialled. */
export interface Dialled {
  readonly hostname: string;
  readonly address: string;
  readonly port: number;
}

type Facts = Partial<NodeJS.ErrnoException> & { readonly address?: string; readonly port?: number };

/** OpenSSL's ways of not knowing who signed a certificate. */
const UNKNOWN_AUTHORITY: ReadonlySet<string> = new Set([
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
]);
const tls = (reason: string): string => `tls: failed to verify certificate: x509: ${reason}`;
const dial =
  (reason: string) =>
  (_: Dialled, { address, port }: Facts) =>
    `dial tcp ${address === undefined ? '' : formatAddress(address, port ?? 0)}: connect: ${reason}`;

/** Go's words by Node's code. */
const WORDS: ReadonlyMap<string, (dialled: Dialled, facts: Facts) => string> = new Map([
  ['ECONNREFUSED', dial('connection refused')],
  ['EHOSTUNREACH', dial('no route to host')],
  ['ENETUNREACH', dial('network is unreachable')],
  ['ETIMEDOUT', ({ address, port }: Dialled) => `dial tcp ${formatAddress(address, port)}: i/o timeout`],
  ['ENOTFOUND', ({ address }: Dialled) => `dial tcp: lookup ${address}: no such host`],
  ['EAI_AGAIN', ({ address }: Dialled) => `dial tcp: lookup ${address}: Temporary failure in name resolution`],
  ['ECONNRESET', () => 'EOF'],
  ['EPIPE', () => 'write: broken pipe'],
  ['EPROTO', () => 'http: server gave HTTP response to HTTPS client'],
  ['ERR_SSL_WRONG_VERSION_NUMBER', () => 'http: server gave HTTP response to HTTPS client'],
  ['CERT_HAS_EXPIRED', () => tls('certificate has expired or is not yet valid')],
  ['CERT_NOT_YET_VALID', () => tls('certificate has expired or is not yet valid')],
]);

/** What a failed request is called, in Go's words where there are any. Its cause is kept. */
export function networkError(thrown: unknown, dialled: Dialled): NetworkError {
  const facts = firstOf(thrown) as Facts & { readonly cert?: { readonly subjectaltname?: string } };
  if (facts.code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return new NetworkError(tls(nameMismatch(dialled.hostname, facts.cert?.subjectaltname ?? '')), { cause: thrown });
  }
  if (isUnknownAuthority(facts))
    return new NetworkError(tls('certificate signed by unknown authority'), { cause: thrown });
  const words = WORDS.get(facts.code ?? '');
  return new NetworkError(words ? words(dialled, facts) : errorMessage(thrown), { cause: thrown });
}

export function isUnknownAuthority(thrown: unknown): boolean {
  return UNKNOWN_AUTHORITY.has((thrown as Facts).code ?? '');
}

/** A name with several addresses fails with one error for each of them. */
function firstOf(thrown: unknown): unknown {
  return thrown instanceof AggregateError && thrown.errors.length > 0 ? thrown.errors[0] : thrown;
}

function nameMismatch(hostname: string, names: string): string {
  const listed = (kind: string): string[] =>
    names
      .split(', ')
      .filter((name) => name.startsWith(`${kind}:`))
      .map((name) => name.slice(kind.length + 1));
  if (isIP(hostname)) {
    const addresses = listed('IP Address');
    if (addresses.length > 0) return `certificate is valid for ${addresses.join(', ')}, not ${hostname}`;
    return `cannot validate certificate for ${hostname} because it doesn't contain any IP SANs`;
  }
  const hosts = listed('DNS');
  if (hosts.length > 0) return `certificate is valid for ${hosts.join(', ')}, not ${hostname}`;
  return `certificate is not valid for any names, but wanted to match ${hostname}`;
}

function formatAddress(address: string, port: number): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}
