import { createSecureContext, rootCertificates, type SecureContext, type SecureContextOptions } from 'node:tls';

const OPENSSL_VARIABLES = ['SSL_CERT_FILE', 'SSL_CERT_DIR'] as const;

/**
 * A TLS context that trusts the authorities of `ca`, or the public ones.
 *
 * Whatever `ca` says, Node first loads a list of public authorities, once in a process and for 20 ms. A program that was started with
 * `--use-openssl-ca` takes that list from the files that OpenSSL's variables name: they name none for as long as it looks.
 */
export function openSecureContext({ ca = publicAuthorities(), ...options }: SecureContextOptions): SecureContext {
  if (!hasOpenSslAuthorities()) return createSecureContext({ ...options, ca });
  const before = OPENSSL_VARIABLES.map((name) => [name, process.env[name]] as const);
  for (const name of OPENSSL_VARIABLES) process.env[name] = '/dev/null';
  try {
    return createSecureContext({ ...options, ca });
  } finally {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  }
}

/** PEM of the public authorities, to name where a connection is to trust them; none where Node has them without being told. */
export function publicAuthorities(): string[] | undefined {
  return hasOpenSslAuthorities() ? [...rootCertificates] : undefined;
}

function hasOpenSslAuthorities(): boolean {
  return process.execArgv.includes('--use-openssl-ca');
}
