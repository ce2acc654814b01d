import { join } from 'node:path';
import { Readable } from 'node:stream';
import {
  type Clock,
  type Digest,
  digestAlgorithm,
  digestHex,
  fullName,
  type ImageReference,
  parseDigest,
  parseImageReference,
  silentLog,
  type Tag,
  withDefaultTag,
} from '../core/index.ts';
import { openNotaryClient } from '../notary/client/index.ts';
import type { RegistryClient } from '../registry/client/index.ts';
import type { ServiceRecord } from '../sandbox/index.ts';
import {
  type Change,
  firstRootKeyid,
  KeyStore,
  listSignableRoles,
  RepositoryNotFoundError,
  TrustDirectory,
  TrustRepository,
} from '../trust/index.ts';
import { parseGun, TARGETS } from '../tuf/index.ts';
import type { Image } from './image.ts';

/** What was signed, and for what. */
export interface Signed {
  /** `sandboxregistry:5000/app:1`, as docker takes it. */
  readonly reference: string;
  readonly digest: Digest;
}

/** Whom a publisher publishes as, and where. */
export interface PublisherParts {
  readonly registry: ServiceRecord;
  readonly client: RegistryClient;
  readonly notary: ServiceRecord;
  /** PEM certificate of the sandbox's authority. */
  readonly ca: string;
  /** Folder of the keys, `…/.docker`. */
  readonly dockerConfig: string;
  readonly passphrase: string;
  readonly clock: Clock;
}

/** A name that names no registry is one of the sandbox's own. Without a tag it is `latest`. */
export function referenceIn(
  text: string,
  { names, knownPort = 5000 }: Pick<ServiceRecord, 'names' | 'knownPort'>,
): ImageReference & { readonly tag: Tag } {
  const [first = '', ...rest] = text.split('/');
  const hasDomain = rest.length > 0 && /[.:]|^localhost$/.test(first);
  const reference = withDefaultTag(parseImageReference(hasDomain ? text : `${names[0]}:${knownPort}/${text}`));
  return reference as ImageReference & { readonly tag: Tag };
}

/** Uploads what the registry does not have, and then the manifest, under the tag. */
export async function pushImage(
  text: string,
  image: Image,
  { registry, client }: Pick<PublisherParts, 'registry' | 'client'>,
): Promise<Signed> {
  const reference = referenceIn(text, registry);
  for (const [digest, bytes] of image.blobs) {
    if ((await client.headBlob(reference.repository, digest)) !== undefined) continue;
    await client.pushBlob(reference.repository, Readable.from([bytes]), () => digest);
  }
  const { digest, mediaType, manifest } = image;
  await client.putManifest(reference.repository, reference.tag, { mediaType, bytes: manifest });
  return { reference: `${fullName(reference)}:${reference.tag}`, digest };
}

/** Pushes an image and signs its tag, in every role that the keys there may sign in; begins the trust data where there is none. */
export async function signImage(text: string, image: Image, parts: PublisherParts): Promise<Signed> {
  const signed = await pushImage(text, image, parts);
  const { tag } = referenceIn(text, parts.registry);
  const repository = openRepository(text, parts);
  await using _ = await repository.lock();
  const known = await repository.update().catch((thrown: unknown) => {
    if (thrown instanceof RepositoryNotFoundError) return undefined;
    throw thrown;
  });
  if (!known) await repository.initialize({ keyid: await firstRootKeyid(repository.keys) });
  const roles = known ? await listSignableRoles(known, tag, repository.keys) : [TARGETS];
  const hashes = new Map([[digestAlgorithm(image.digest) as string, Buffer.from(digestHex(image.digest), 'hex')]]);
  const file = { length: image.manifest.length, hashes, extra: {} };
  await repository.publish(roles.map((role): Change => ({ kind: 'add-target', role, name: tag, file })));
  return signed;
}

/** What a tag is signed for, verified. @throws {TargetNotFoundError | RepositoryNotFoundError} and as an update of trust data */
export async function lookUp(text: string, parts: PublisherParts): Promise<Digest> {
  const { tag } = referenceIn(text, parts.registry);
  const { file } = await openRepository(text, parts).getTarget(tag);
  const [algorithm, hash] = [...file.hashes].find(([name]) => name === 'sha256') ?? ['sha256', Buffer.alloc(0)];
  return parseDigest(`${algorithm}:${Buffer.from(hash).toString('hex')}`);
}

function openRepository(
  text: string,
  { registry, notary, ca, dockerConfig, passphrase, clock }: PublisherParts,
): TrustRepository {
  const directory = new TrustDirectory(join(dockerConfig, 'trust'));
  const answer = async () => ({ kind: 'passphrase', passphrase }) as const;
  return new TrustRepository({
    gun: parseGun(fullName(referenceIn(text, registry))),
    directory,
    keys: new KeyStore(directory, { ask: answer }, { log: silentLog }),
    clock,
    server: openNotaryClient({
      url: `https://${notary.names[0]}:${notary.knownPort ?? notary.port}`,
      ca: [ca],
      connect: { host: notary.address, port: notary.port ?? 0 },
    }),
  });
}
