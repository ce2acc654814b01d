import { createPublicKey, type KeyObject, X509Certificate } from 'node:crypto';
import { TrustSandboxError } from '../core/index.ts';
import { formatPem, type PemBlock, parseFirstPem } from './pem.ts';

/** A PEM text that holds neither a public key nor a certificate. */
export class PublicKeyFileInvalidError extends TrustSandboxError {
  readonly code = 'PUBLIC_KEY_FILE_INVALID';
}

/** A signer's public key as handed over in a file; `certificate` is the PEM text when it came as one. */
export interface PublicKeyFile {
  readonly key: KeyObject;
  readonly certificate: string | undefined;
  readonly role: string | undefined;
}

/**
 * Reads a `PUBLIC KEY` (with or without the `role` header of `trust key generate`) or a `CERTIFICATE`.
 * @throws {PemInvalidError | PublicKeyFileInvalidError}
 */
export function parsePublicKeyFile(text: string): PublicKeyFile {
  const block = parseFirstPem(text);
  const role = block.headers.get('role');
  if (block.label === 'CERTIFICATE') {
    return { key: openBlock(block), certificate: formatPem('CERTIFICATE', block.bytes), role };
  }
  if (block.label === 'PUBLIC KEY') return { key: openBlock(block), certificate: undefined, role };
  throw new PublicKeyFileInvalidError(`a PEM block ${block.label} is no public key`);
}

function openBlock({ label, bytes }: PemBlock): KeyObject {
  try {
    if (label === 'CERTIFICATE') return new X509Certificate(bytes).publicKey;
    return createPublicKey({ key: bytes, format: 'der', type: 'spki' });
  } catch (cause) {
    throw new PublicKeyFileInvalidError(`the PEM block ${label} cannot be read`, { cause });
  }
}

/** Writes a public key with the `role` header that docker gives it. */
export function formatPublicKeyFile(key: KeyObject, role: string): string {
  const publicKey = key.type === 'private' ? createPublicKey(key) : key;
  return formatPem('PUBLIC KEY', publicKey.export({ type: 'spki', format: 'der' }), { role });
}
