import { createHash, type KeyObject } from 'node:crypto';

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const FINGERPRINT_BYTES = 30; // 240 bits, 48 letters

/**
 * Names a public key as libtrust does, and with it distribution 2 and Notary: the first 240 bits of the SHA-256 of its DER
 * SubjectPublicKeyInfo, base32, in twelve groups of four: `PYYO:TEWU:…`.
 */
export function libtrustKeyId(publicKey: KeyObject): string {
  const spki = publicKey.export({ type: 'spki', format: 'der' });
  const fingerprint = createHash('sha256').update(spki).digest().subarray(0, FINGERPRINT_BYTES);
  return (base32(fingerprint).match(/.{4}/g) ?? []).join(':');
}

function base32(bytes: Uint8Array): string {
  let text = '';
  let bits = 0;
  let held = 0;
  for (const byte of bytes) {
    bits = (bits << 8) | byte;
    held += 8;
    for (; held >= 5; held -= 5) text += BASE32[(bits >> (held - 5)) & 31];
    bits &= (1 << held) - 1;
  }
  return text;
}
