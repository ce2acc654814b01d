import { X509Certificate } from 'node:crypto';
import type { TLSSocket } from 'node:tls';

/** What OpenSSL says of a chain that holds, and that ends in a certificate which is not self-signed. */
const ENDS_EARLY: ReadonlySet<string> = new Set([
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);
const CLIENT_AUTH = '1.3.6.1.5.5.7.3.2';
const ANY_USAGE = '2.5.29.37.0';
const MAX_CHAIN = 8;

/**
 * May this client come in? Yes if OpenSSL says so, and if the chain reaches a certificate of `trusted` that is no root, as Go has it
 * (crypto/x509, `VerifyOptions.Roots`): notary's own examples name a server's certificate as the authority. OpenSSL could
 * be told so, if Node handed `allowPartialTrustChain` on to servers.
 */
export function isClientTrusted(socket: TLSSocket, trusted: readonly X509Certificate[], now: Date): boolean {
  if (socket.authorized) return true;
  const { authorizationError } = socket;
  const code = (authorizationError as Error & { code?: string })?.code ?? String(authorizationError);
  if (!ENDS_EARLY.has(code)) return false;
  const chain = peerChain(socket);
  const [leaf] = chain;
  return leaf !== undefined && isForClients(leaf) && reaches(leaf, chain, trusted, now);
}

function peerChain(socket: TLSSocket): X509Certificate[] {
  const chain: X509Certificate[] = [];
  const seen = new Set<object>();
  let next = socket.getPeerCertificate(true);
  while (next?.raw && !seen.has(next) && chain.length < MAX_CHAIN) {
    seen.add(next);
    chain.push(new X509Certificate(next.raw));
    next = next.issuerCertificate;
  }
  return chain;
}

function reaches(
  leaf: X509Certificate,
  chain: readonly X509Certificate[],
  trusted: readonly X509Certificate[],
  now: Date,
): boolean {
  let current = leaf;
  for (let depth = 0; depth < MAX_CHAIN; depth += 1) {
    if (!isValidAt(current, now)) return false;
    if (trusted.some(({ raw }) => raw.equals(current.raw))) return true;
    const issued = current;
    const issuer = [...trusted, ...chain].find((each) => isIssuer(each, issued));
    if (!issuer) return false;
    current = issuer;
  }
  return false;
}

function isIssuer(issuer: X509Certificate, issued: X509Certificate): boolean {
  if (!issuer.ca || issuer.raw.equals(issued.raw) || !issued.checkIssued(issuer)) return false;
  return issued.verify(issuer.publicKey);
}

function isValidAt({ validFrom, validTo }: X509Certificate, now: Date): boolean {
  return Date.parse(validFrom) <= now.getTime() && now.getTime() <= Date.parse(validTo);
}

/** A certificate that says nothing of its use may be used for anything. */
function isForClients({ keyUsage }: X509Certificate): boolean {
  return keyUsage === undefined || keyUsage.includes(CLIENT_AUTH) || keyUsage.includes(ANY_USAGE);
}
