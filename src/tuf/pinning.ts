import { X509Certificate } from 'node:crypto';
import { TrustPinError } from './errors.ts';
import type { Gun } from './gun.ts';
import type { RootCertificate } from './root-certificate.ts';

/** What a user says about whom to trust for which collections, in the terms of notary's `trust_pinning`. */
export interface TrustPinning {
  /** Ids of certificates, by GUN or by what a GUN begins with before a trailing `*`. */
  readonly certificates: ReadonlyMap<string, readonly string[]>;
  /** Ids of public keys themselves, whatever certificates are made for them; by names as those of `certificates`. */
  readonly keys: ReadonlyMap<string, readonly string[]>;
  /** Where the certificates of an authority are, by what a GUN begins with. */
  readonly authorities: ReadonlyMap<string, string>;
  /** No root is trusted only because it is the first one seen. */
  readonly isFirstUseRefused: boolean;
}

/** The one rule that holds for a GUN. */
export type Pin =
  | { readonly kind: 'certificates' | 'keys'; readonly pattern: string; readonly keyids: readonly string[] }
  | { readonly kind: 'authority'; readonly prefix: string; readonly place: string }
  | { readonly kind: 'first-use'; readonly isRefused: boolean };

/** A rule with what is needed to apply it. */
export type OpenPin =
  | Exclude<Pin, { kind: 'authority' }>
  | (Pin & { readonly kind: 'authority'; readonly pem: string });

export const NO_PIN: OpenPin = { kind: 'first-use', isRefused: false };

/**
 * Chooses the rule for a GUN, in notary's order: certificates or keys for exactly this GUN, those of the longest pattern,
 * the authority of the longest prefix, trust on first use. One rule holds; no other makes up for it.
 */
export function choosePin({ certificates, keys, authorities, isFirstUseRefused }: TrustPinning, gun: Gun): Pin {
  const names = [...certificates.keys(), ...keys.keys()];
  const patterns = names.filter((name) => name.endsWith('*'));
  const pattern = names.includes(gun) ? gun : longest(patterns, (text) => gun.startsWith(text.slice(0, -1)));
  if (pattern !== undefined) {
    const byCertificate = certificates.get(pattern);
    if (byCertificate !== undefined) return { kind: 'certificates', pattern, keyids: byCertificate };
    return { kind: 'keys', pattern, keyids: keys.get(pattern) ?? [] };
  }
  const prefix = longest([...authorities.keys()], (text) => gun.startsWith(text));
  if (prefix !== undefined) return { kind: 'authority', prefix, place: authorities.get(prefix) ?? '' };
  return { kind: 'first-use', isRefused: isFirstUseRefused };
}

function longest(texts: readonly string[], isWanted: (text: string) => boolean): string | undefined {
  return texts.filter(isWanted).sort((a, b) => b.length - a.length)[0];
}

/**
 * The certificates that a rule admits. `isFirst` is whether nothing was trusted for the GUN before.
 * @throws {TrustPinError} none of them, saying what is pinned and what was found
 */
export function pinnedCertificates(
  pin: OpenPin,
  gun: Gun,
  certificates: readonly RootCertificate[],
  { now, isFirst }: { readonly now: Date; readonly isFirst: boolean },
): readonly RootCertificate[] {
  if (pin.kind === 'first-use') {
    if (pin.isRefused && isFirst) {
      throw new TrustPinError(
        gun,
        'invalid trust pinning specified: nothing is pinned, and first use is no reason',
        [],
      );
    }
    return certificates;
  }
  const admitted = certificates.filter((certificate) =>
    pin.kind === 'authority'
      ? isIssuedBy(pin.pem, certificate, now)
      : pin.keyids.includes(pinnedId(pin.kind, certificate)),
  );
  if (admitted.length > 0) return admitted;
  const found = certificates.map((certificate) => pinnedId(pin.kind, certificate));
  throw new TrustPinError(gun, `unable to match any certificates to trust_pinning config: ${describe(pin)}`, found);
}

const pinnedId = (kind: 'certificates' | 'keys' | 'authority', { key }: RootCertificate): string =>
  kind === 'keys' ? key.canonicalKeyid : key.keyid;

function describe(pin: Exclude<OpenPin, { kind: 'first-use' }>): string {
  if (pin.kind === 'authority') return `${JSON.stringify(pin.prefix)} is pinned to the authority in ${pin.place}`;
  const nothing = pin.kind === 'keys' ? 'no key' : 'no certificate';
  return `${JSON.stringify(pin.pattern)} is pinned to ${pin.keyids.join(', ') || nothing}`;
}

/** Whether a chain leads from the leaf, over the intermediates that came with it, to one of the PEM certificates. */
function isIssuedBy(pem: string, { leaf, intermediates }: RootCertificate, now: Date): boolean {
  const anchors = readAuthorities(pem, now);
  const between = intermediates.map(({ der }) => new X509Certificate(der));
  let certificate = new X509Certificate(leaf.der);
  for (let depth = 0; depth <= between.length; depth += 1) {
    if (anchors.some((anchor) => isIssuer(anchor, certificate))) return true;
    const next = between.find((candidate) => candidate.ca && isIssuer(candidate, certificate));
    if (!next) return false;
    certificate = next;
  }
  return false;
}

const isIssuer = (issuer: X509Certificate, certificate: X509Certificate): boolean =>
  certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);

const PEM = /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g;

/** The authorities of a PEM text that are valid now; others are passed over. */
function readAuthorities(pem: string, now: Date): readonly X509Certificate[] {
  return (pem.match(PEM) ?? [])
    .flatMap((text) => openCertificate(text))
    .filter((x509) => x509.ca && new Date(x509.validFrom) <= now && now <= new Date(x509.validTo));
}

function openCertificate(text: string): readonly X509Certificate[] {
  try {
    return [new X509Certificate(text)];
  } catch {
    return [];
  }
}
