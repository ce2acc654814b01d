import { generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto';
import { basicConstraints, signCertificate } from '../src/pki/certificate.ts';
import {
  buildRoot,
  buildTargets,
  certificateKey,
  defaultExpires,
  type Envelope,
  fileMetaOf,
  formatRoot,
  formatSnapshot,
  formatTargets,
  formatTimestamp,
  openSigner,
  type PublicKey,
  type Root,
  type Signer,
  signMetadata,
  type Targets,
} from '../src/tuf/index.ts';

export const TEST_NOW = new Date('2026-11-23T12:00:00.000Z');

export interface CertificateOptions {
  readonly notBefore?: Date;
  readonly notAfter?: Date;
  readonly isCa?: boolean;
}

/** A signer with a new P-256 key. */
export function newSigner(): Signer {
  return openSigner(newPrivateKey());
}

export function newPrivateKey(): KeyObject {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
}

/** A self-signed certificate as a root role lists it. */
export function newCertificateSigner(
  commonName: string,
  options: CertificateOptions = {},
  privateKey = newPrivateKey(),
): Signer {
  return openSigner(privateKey, certificateKey(newCertificate(commonName, options, privateKey)));
}

/** PEM of a self-signed certificate. */
export function newCertificate(
  commonName: string,
  { notBefore = TEST_NOW, notAfter = new Date('2036-11-20T12:00:00Z'), isCa = false }: CertificateOptions,
  privateKey: KeyObject,
): string {
  return signCertificate(
    {
      subject: commonName,
      issuer: commonName,
      notBefore,
      notAfter,
      publicKey: privateKey,
      extensions: [basicConstraints(isCa)],
    },
    privateKey,
    randomBytes,
  );
}

/** Keys of one trust collection, and metadata signed with them. Each part can be replaced to make it wrong. */
export interface TestRepository {
  readonly gun: string;
  readonly signers: Readonly<Record<'root' | 'targets' | 'snapshot' | 'timestamp', Signer>>;
  readonly root: Root;
  readonly targets: Targets;
}

export function newRepository(
  gun: string,
  server: { readonly timestamp?: PublicKey; readonly snapshot?: PublicKey } = {},
  rootSigner?: Signer,
): TestRepository {
  const signers = {
    root: rootSigner ?? newCertificateSigner(gun),
    targets: newSigner(),
    snapshot: newSigner(),
    timestamp: newSigner(),
  };
  const root = buildRoot(
    {
      root: [signers.root.key],
      targets: [signers.targets.key],
      snapshot: [server.snapshot ?? signers.snapshot.key],
      timestamp: [server.timestamp ?? signers.timestamp.key],
    },
    { expires: defaultExpires('root', TEST_NOW) },
  );
  return { gun, signers, root, targets: buildTargets({ expires: defaultExpires('targets', TEST_NOW) }) };
}

export function signRoot(repository: TestRepository, change: Partial<Root> = {}, ...also: Signer[]): Promise<Envelope> {
  return signMetadata(formatRoot({ ...repository.root, ...change }), [repository.signers.root, ...also]);
}

export function signTargets(repository: TestRepository, change: Partial<Targets> = {}): Promise<Envelope> {
  return signMetadata(formatTargets({ ...repository.targets, ...change }), [repository.signers.targets]);
}

/** A snapshot by the repository's own snapshot key over `files`, by role. */
export function signSnapshot(
  repository: TestRepository,
  files: Readonly<Record<string, Envelope>>,
  { version = 1, signer = repository.signers.snapshot } = {},
): Promise<Envelope> {
  const meta = new Map(Object.entries(files).map(([role, { bytes }]) => [role, fileMetaOf(bytes)]));
  const expires = defaultExpires('snapshot', TEST_NOW);
  return signMetadata(formatSnapshot({ version, expires, meta, extra: {} }), [signer]);
}

export function signTimestamp(
  repository: TestRepository,
  snapshot: Envelope,
  { version = 1, expires = defaultExpires('timestamp', TEST_NOW) } = {},
): Promise<Envelope> {
  const meta = new Map([['snapshot', fileMetaOf(snapshot.bytes)]]);
  return signMetadata(formatTimestamp({ version, expires, meta, extra: {} }), [repository.signers.timestamp]);
}

/** A target as `docker push` makes it. */
export function newTarget(content: string, length = content.length) {
  return { ...fileMetaOf(Buffer.from(content)), length };
}
