import { errorMessage, type JsonObject, TrustSandboxError } from '../core/index.ts';
import {
  type Acceptance,
  ChecksumMissingError,
  type Envelope,
  type FileMeta,
  isTufError,
  parseEnvelope,
  type Role,
  type RoleName,
  type SignedCommon,
  type Trusted,
  verifyFileMeta,
  verifyThreshold,
} from '../tuf/index.ts';
import { MAX_METADATA_BYTES } from './trust-directory.ts';
import { keepInCache, type UpdateContext } from './update-context.ts';

/** Metadata whose size and hash other metadata promises. */
export interface PromisedMetadata<T> {
  readonly role: RoleName;
  readonly promised: FileMeta | undefined;
  /** Whose signature makes a version in the cache count against older ones. */
  readonly keptUnder: Role | undefined;
  parse(signed: JsonObject): SignedCommon;
  accept(envelope: Envelope, acceptance: Acceptance): Trusted<T>;
}

/**
 * Takes metadata from the cache if it is what was promised; else from the server, by its hash, and keeps it.
 * @throws {TufError}
 */
export async function loadPromised<T>(context: UpdateContext, file: PromisedMetadata<T>): Promise<Trusted<T>> {
  const { gun, server, now, log, allowExpired = false } = context;
  const { role, promised } = file;
  const sha256 = promised?.hashes.get('sha256')?.toString('hex');
  if (!promised || sha256 === undefined) throw new ChecksumMissingError(role);
  const take = (bytes: Buffer, minVersion: number): Trusted<T> => {
    verifyFileMeta(role, bytes, promised); // before anything is parsed
    return file.accept(parseEnvelope(bytes), { now, minVersion, allowExpired });
  };
  const cached = await findCached(context, role);
  try {
    if (cached) return take(cached, 1);
  } catch (thrown) {
    if (!isTufError(thrown)) throw thrown;
    log.debug('cached metadata is not current', { role, reason: thrown.message });
  }
  const bytes = await server.getMetadata(gun, role, { sha256, maxBytes: promised.length });
  const trusted = take(bytes, signedVersion(cached, file.keptUnder, file.parse));
  await keepInCache(context, role, bytes);
  return trusted;
}

/** What the cache has; a file that is too large or cannot be read is as good as none. */
export async function findCached(
  { cache, log }: UpdateContext,
  role: RoleName,
  maxBytes = MAX_METADATA_BYTES,
): Promise<Buffer | undefined> {
  try {
    return await cache.find(role, maxBytes);
  } catch (thrown) {
    log.debug('cannot read cached metadata', { role, reason: errorMessage(thrown) });
    return undefined;
  }
}

/** Version of `bytes` when `role` has signed them, expired or not; else 1, which any metadata satisfies. */
export function signedVersion(
  bytes: Buffer | undefined,
  role: Role | undefined,
  parse: (signed: JsonObject) => SignedCommon,
): number {
  if (!bytes || !role) return 1;
  try {
    const envelope = parseEnvelope(bytes);
    verifyThreshold(role, envelope);
    return parse(envelope.signed).version;
  } catch (thrown) {
    if (thrown instanceof TrustSandboxError) return 1;
    throw thrown;
  }
}
