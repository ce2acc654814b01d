import type { SecureContextOptions, TLSSocket, TlsOptions } from 'node:tls';

export type TlsVersion = 'TLSv1' | 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3';

/** What is asked of a client's certificate, in distribution's words (`http.tls.clientauth`), which are Go's. */
export const CLIENT_AUTH = [
  'request-client-cert',
  'require-any-client-cert',
  'verify-client-cert-if-given',
  'require-and-verify-client-cert',
] as const;
export type ClientAuth = (typeof CLIENT_AUTH)[number] | 'none';

/** PEM texts of the server's certificate chain and key, and what it asks of its clients. */
export interface ServerTls {
  readonly cert: string;
  readonly key: string;
  /** PEM certificates of the authorities that clients' certificates are from. */
  readonly clientCas?: readonly string[];
  readonly clientAuth?: ClientAuth;
  readonly minVersion?: TlsVersion;
  /** OpenSSL's names; Node's own choice when left out or empty. */
  readonly cipherSuites?: readonly string[];
}

/** What Node wants of it. @throws {NodeJS.ErrnoException} ERR_OSSL_…: not a certificate, or not its key (when used) */
export function tlsOptions(tls: ServerTls): TlsOptions {
  const { clientAuth = 'none' } = tls;
  return {
    ...secureContextOptions(tls),
    requestCert: clientAuth !== 'none',
    rejectUnauthorized: clientAuth === 'require-and-verify-client-cert',
  };
}

/** The part that may change while the server runs. */
export function secureContextOptions(tls: ServerTls): SecureContextOptions {
  const { cert, key, clientCas = [], minVersion, cipherSuites = [] } = tls;
  return {
    cert,
    key,
    ...(clientCas.length > 0 ? { ca: [...clientCas] } : {}),
    ...(minVersion ? { minVersion } : {}),
    ...(cipherSuites.length > 0 ? { ciphers: cipherSuites.join(':') } : {}),
  };
}

/** May this connection go on? Node knows only two of the four kinds of demand. */
export function isClientAccepted(socket: TLSSocket, clientAuth: ClientAuth): boolean {
  const isGiven = socket.getPeerCertificate().raw !== undefined;
  if (clientAuth === 'require-any-client-cert') return isGiven;
  return clientAuth !== 'verify-client-cert-if-given' || !isGiven || socket.authorized;
}

/** Cipher suites by the names that IANA gave them, which Go and distribution use, in OpenSSL's. */
export const CIPHER_SUITES: ReadonlyMap<string, string> = new Map([
  ...['TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256'].map(
    (name) => [name, name] as const,
  ),
  ['TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256', 'ECDHE-ECDSA-AES128-GCM-SHA256'],
  ['TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384', 'ECDHE-ECDSA-AES256-GCM-SHA384'],
  ['TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305', 'ECDHE-ECDSA-CHACHA20-POLY1305'],
  ['TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256', 'ECDHE-ECDSA-CHACHA20-POLY1305'],
  ['TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256', 'ECDHE-RSA-AES128-GCM-SHA256'],
  ['TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384', 'ECDHE-RSA-AES256-GCM-SHA384'],
  ['TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305', 'ECDHE-RSA-CHACHA20-POLY1305'],
  ['TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256', 'ECDHE-RSA-CHACHA20-POLY1305'],
  ['TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA', 'ECDHE-ECDSA-AES128-SHA'],
  ['TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA', 'ECDHE-ECDSA-AES256-SHA'],
  ['TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256', 'ECDHE-ECDSA-AES128-SHA256'],
  ['TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA', 'ECDHE-RSA-AES128-SHA'],
  ['TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA', 'ECDHE-RSA-AES256-SHA'],
  ['TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256', 'ECDHE-RSA-AES128-SHA256'],
  ['TLS_RSA_WITH_AES_128_GCM_SHA256', 'AES128-GCM-SHA256'],
  ['TLS_RSA_WITH_AES_256_GCM_SHA384', 'AES256-GCM-SHA384'],
  ['TLS_RSA_WITH_AES_128_CBC_SHA256', 'AES128-SHA256'],
  ['TLS_RSA_WITH_AES_128_CBC_SHA', 'AES128-SHA'],
  ['TLS_RSA_WITH_AES_256_CBC_SHA', 'AES256-SHA'],
]);
