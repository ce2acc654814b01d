import type { Envelope } from './envelope.ts';
import { isTufError, RootInvalidError, RootRotationError } from './errors.ts';
import { gatesOf } from './gate.ts';
import type { Gun } from './gun.ts';
import { type GateSections, metadataGates } from './metadata-gates.ts';
import { NO_PIN, type OpenPin, pinnedCertificates } from './pinning.ts';
import { parseRoot, type Root, rootRole } from './root.ts';
import { certificateRole, listRootCertificates, type RootCertificate } from './root-certificate.ts';
import { verifyThreshold } from './threshold.ts';
import { type Acceptance, type Trusted, trust } from './trusted.ts';

const SECTIONS: GateSections = { hash: '', signatures: '§5.3.4', version: '§5.3.5', date: '§5.3.10' };

export interface RootAcceptance extends Acceptance {
  readonly gun: Gun;
  /** The root trusted so far; without it the first root is trusted on first use, if `pin` does not object. */
  readonly trusted?: Trusted<Root> | undefined;
  /** What is pinned for the GUN. Nothing is, unless said otherwise. */
  readonly pin?: OpenPin;
  /** For a root from a store, accepted before: its certificates may have run out since, as its own date may. */
  readonly ignoreCertificateDates?: boolean;
}

/**
 * Decides whether to trust a root (TUF v1.0.34 §5.3.4 to §5.3.10; `docs/wire/notary-v1.md`, "Trusting a root"): signed by the
 * root before it, when there is one; by pinned certificates, when there are any; and by its own.
 * @throws {MetadataMalformedError | MetadataInvalidError | RootInvalidError | RootRotationError | TrustPinError | RollbackError | ExpiredError}
 */
export function acceptRoot(offered: Envelope, acceptance: RootAcceptance): Trusted<Root> {
  const { gun, trusted, now, pin = NO_PIN, ignoreCertificateDates, onGate } = acceptance;
  const gates = metadataGates('root', offered, acceptance, SECTIONS);
  const gate = gatesOf('root', onGate);
  const root = gates.parsed(() => parseRoot(offered.signed));
  const certificates = gate(
    'certificates',
    '',
    () => namedCertificates(root, gun, ignoreCertificateDates ? undefined : now),
    (found) => ({ expected: `a certificate for ${gun}`, found: keyidsOf(found) }),
  );
  if (trusted) {
    gate(
      'rotation',
      '§5.3.4',
      () => verifyRotation(offered, trusted, gun),
      () => ({ expected: `signed by the keys of root version ${trusted.version}`, found: 'so it is' }),
    );
  }
  const pinned = gate(
    'pin',
    '',
    () => pinnedCertificates(pin, gun, certificates, { now, isFirst: !trusted }),
    (found) => ({
      expected: pin.kind === 'first-use' ? 'nothing pinned' : `${pin.kind} pinned`,
      found: keyidsOf(found),
    }),
  );
  gate(
    'own signatures',
    '§5.3.4',
    () => verifyIntegrity(offered, root, pinned),
    () => ({ expected: `signed by ${rootRole(root, 'root').threshold} of its own keys`, found: 'so it is' }),
  );
  gates.notOlder(root);
  gates.notExpired(root);
  return trust(root, offered);
}

function namedCertificates(root: Root, gun: Gun, now: Date | undefined): readonly RootCertificate[] {
  const certificates = listRootCertificates(root, gun, now);
  if (certificates.length === 0) throw new RootInvalidError('unable to retrieve valid leaf certificates');
  return certificates;
}

const keyidsOf = (certificates: readonly RootCertificate[]): string =>
  certificates.map(({ key }) => key.keyid).join(', ');

/** The dates of certificates trusted before do not count: they were valid when they were trusted. */
function verifyRotation(offered: Envelope, trusted: Trusted<Root>, gun: Gun): void {
  const certificates = listRootCertificates(trusted, gun);
  if (certificates.length === 0) {
    throw new RootInvalidError('could not retrieve trusted certs from previous root role data');
  }
  const { threshold } = rootRole(trusted, 'root');
  try {
    verifyThreshold(certificateRole(certificates, threshold), offered);
  } catch (cause) {
    if (!isTufError(cause)) throw cause;
    throw new RootRotationError('failed to validate data with current trusted certificates', { cause });
  }
}

function verifyIntegrity(offered: Envelope, root: Root, certificates: readonly RootCertificate[]): void {
  try {
    verifyThreshold(certificateRole(certificates, rootRole(root, 'root').threshold), offered);
  } catch (cause) {
    if (!isTufError(cause)) throw cause;
    throw new RootInvalidError('failed to validate integrity of roots', { cause });
  }
}
