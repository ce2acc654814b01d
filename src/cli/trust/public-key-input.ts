import { open } from 'node:fs/promises';
import { resolve } from 'node:path';
import { parsePublicKeyFile } from '../../pki/index.ts';
import { certificateKey, type PublicKey, publicKeyOf } from '../../tuf/index.ts';
import { systemErrorText } from './key-name.ts';
import { ContentTrustError } from './trust-error.ts';

const MAX_PUBLIC_KEY_BYTES = 1024 * 1024;

/** A signer's public key, or certificate, from a PEM file. @throws {ContentTrustError} worded as docker words it */
export async function readPublicKey(file: string, cwd: string): Promise<PublicKey> {
  let text: string;
  try {
    await using handle = await open(resolve(cwd, file), 'r');
    const { buffer, bytesRead } = await handle.read({ buffer: Buffer.alloc(MAX_PUBLIC_KEY_BYTES) });
    text = buffer.toString('latin1', 0, bytesRead);
  } catch (cause) {
    const reason = `open ${file}: ${systemErrorText(cause)}`;
    throw new ContentTrustError(`unable to read public key from file: ${reason}`, { cause });
  }
  try {
    const { key, certificate } = parsePublicKeyFile(text);
    return certificate === undefined ? publicKeyOf(key) : certificateKey(certificate);
  } catch (cause) {
    throw new ContentTrustError(`could not parse public key from file: ${file}: no valid public key found`, { cause });
  }
}
