import { type Certificate, formatCertificates, readCertificates } from './certificate.ts';
import type { Gun } from './gun.ts';
import { PublicKey } from './public-key.ts';
import { type Role, resolveRole } from './role.ts';
import { ROOT } from './role-name.ts';
import type { Root } from './root.ts';

/** A key of the root role whose certificate may speak for the GUN. */
export interface RootCertificate {
  readonly key: PublicKey;
  readonly leaf: Certificate;
  readonly intermediates: readonly Certificate[];
}

const DAY_MS = 24 * 60 * 60 * 1000;
const MIN_RSA_BITS = 2048;

/**
 * The certificates of the root role that name `gun` (`docs/wire/notary-v1.md`, "Root certificates"): exactly one that is no
 * CA, first in its bundle; common name equal to the GUN, or a prefix of it before a trailing `*`; not by SHA-1. `now`
 * also asks for dates that hold, with a day's leeway at the start; without it dates do not count.
 */
export function listRootCertificates(root: Root, gun: Gun, now?: Date): RootCertificate[] {
  return [...rootKeys(root).values()].flatMap((key) => {
    const bundle = readCertificates(key.bytes);
    const [leaf, ...rest] = bundle ?? [];
    if (!leaf || leaf.isCa || rest.some(({ isCa }) => !isCa)) return [];
    if (!isNameFor(leaf.commonName, gun) || !isCertificateValid(leaf, now)) return [];
    const intermediates = now ? rest.filter((certificate) => isCertificateValid(certificate, now)) : rest;
    return [{ key, leaf, intermediates }];
  });
}

/**
 * The root role reduced to `certificates`. A key counts only if its certificates, written out again, give its own id: the
 * kind, the text and every intermediate must be in order.
 */
export function certificateRole(certificates: readonly RootCertificate[], threshold: number): Role {
  const usable = certificates.filter(({ key, leaf, intermediates }) => {
    const keytype = leaf.publicKey.asymmetricKeyType === 'rsa' ? 'rsa-x509' : 'ecdsa-x509';
    return new PublicKey(keytype, Buffer.from(formatCertificates([leaf, ...intermediates]))).keyid === key.keyid;
  });
  return { name: ROOT, keys: new Map(usable.map(({ key }) => [key.keyid, key])), threshold };
}

function rootKeys(root: Root): Role['keys'] {
  const role = root.roles.get('root');
  return role ? resolveRole(ROOT, role, root.keys).keys : new Map();
}

function isNameFor(commonName: string, gun: Gun): boolean {
  return commonName.endsWith('*') ? gun.startsWith(commonName.replace(/\*+$/, '')) : commonName === gun;
}

function isCertificateValid(certificate: Certificate, now: Date | undefined): boolean {
  const { notBefore, notAfter, isSha1, publicKey } = certificate;
  if (notBefore > notAfter || isSha1) return false;
  const bits = publicKey.asymmetricKeyDetails?.modulusLength;
  if (bits !== undefined && bits < MIN_RSA_BITS) return false;
  return !now || (notBefore.getTime() <= now.getTime() + DAY_MS && now <= notAfter);
}
