import {
  acceptRoot,
  type FileMeta,
  isExpired,
  listRootCertificates,
  MAX_METADATA_BYTES,
  parseEnvelope,
  parseRoot,
  ROOT,
  type Root,
  RootRotationError,
  type Trusted,
  TrustPinError,
  verifyFileMeta,
} from '../tuf/index.ts';
import { TooManyRootsError } from './errors.ts';
import { keepInCache, type UpdateContext } from './update-context.ts';

/** TUF v1.0.34 §5.3.2 asks for some bound on the versions walked. */
const MAX_ROOTS = 1024;

/** The root to start from. `cached` is the one on disk, expired or not; it pins trust. */
export interface StartingRoots {
  readonly root: Trusted<Root>;
  readonly cached: Trusted<Root> | undefined;
}

/**
 * The cached root, while it holds; else the server's, on first use or as the cached one's successor. `forWrite` asks the
 * server in any case, to learn whether it knows the GUN at all.
 * @throws {TufError} the cached root, or the server's, is not to be trusted
 */
export async function bootstrapRoot(context: UpdateContext, forWrite: boolean): Promise<StartingRoots> {
  const { gun, cache, server } = context;
  const bytes = await cache.find(ROOT);
  const cached = bytes && acceptCached(bytes, context);
  const isUsable = cached !== undefined && (context.allowExpired === true || isCurrent(cached, context));
  if (isUsable && !forWrite) return { root: cached, cached };
  const offered = await server.getMetadata(gun, ROOT, { maxBytes: MAX_METADATA_BYTES });
  const root = isUsable ? cached : await takeRoot(context, cached, offered);
  return { root, cached };
}

/**
 * The cached root, if it is among those pinned. One that is not tells nothing: whoever pins another means that one, which
 * need not be signed by the one that came first.
 */
function acceptCached(bytes: Buffer, { gun, now, pin, log }: UpdateContext): Trusted<Root> | undefined {
  const firstUse = pin.kind === 'first-use'; // refused or not, it was trusted before
  try {
    return acceptRoot(parseEnvelope(bytes), {
      gun,
      now,
      allowExpired: true,
      ignoreCertificateDates: true, // its successor may yet be signed by it
      ...(!firstUse && { pin }),
    });
  } catch (thrown) {
    if (!(thrown instanceof TrustPinError)) throw thrown;
    log.warn(`the cached root of ${gun} is not used: ${thrown.message}`);
    return undefined;
  }
}

/** Whether root itself holds, and a certificate of it. */
function isCurrent(root: Trusted<Root>, { gun, now }: UpdateContext): boolean {
  return !isExpired(root.expires, now) && listRootCertificates(root, gun, now).length > 0;
}

/**
 * Fetches root after an update has failed: the one that a verified snapshot promised, or the newest.
 * @throws {TufError}
 */
export async function updateRoot(
  context: UpdateContext,
  trusted: Trusted<Root>,
  promised: FileMeta | undefined,
): Promise<Trusted<Root>> {
  const { gun, server } = context;
  if (!promised) {
    return takeRoot(context, trusted, await server.getMetadata(gun, ROOT, { maxBytes: MAX_METADATA_BYTES }));
  }
  if (isPromised(trusted.envelope.bytes, promised)) return trusted;
  const sha256 = promised.hashes.get('sha256')?.toString('hex') ?? '';
  const offered = await server.getMetadata(gun, ROOT, { sha256, maxBytes: promised.length });
  verifyFileMeta(ROOT, offered, promised);
  return takeRoot(context, trusted, offered);
}

/** Accepts a root as the first, or as the successor of `trusted`, near or far; then keeps it. */
async function takeRoot(
  context: UpdateContext,
  trusted: Trusted<Root> | undefined,
  bytes: Buffer,
): Promise<Trusted<Root>> {
  const offered = parseEnvelope(bytes);
  const { gun, now, pin, allowExpired = false } = context;
  const accept = (previous: Trusted<Root> | undefined): Trusted<Root> =>
    acceptRoot(offered, {
      gun,
      now,
      pin,
      trusted: previous,
      minVersion: previous?.version ?? 1,
      allowExpired,
      ignoreCertificateDates: allowExpired,
    });
  let root: Trusted<Root>;
  try {
    root = accept(trusted);
  } catch (thrown) {
    if (!(thrown instanceof RootRotationError) || !trusted) throw thrown;
    root = accept(await walkRoots(context, trusted, parseRoot(offered.signed).version));
  }
  await keepInCache(context, ROOT, bytes);
  return root;
}

/** Follows the chain of roots up to the one before `newest`; their dates do not count (TUF v1.0.34 §5.3.3 to §5.3.9). */
async function walkRoots(context: UpdateContext, from: Trusted<Root>, newest: number): Promise<Trusted<Root>> {
  const { gun, now, server } = context;
  if (newest - from.version > MAX_ROOTS) throw new TooManyRootsError(from.version, newest);
  let trusted = from;
  for (let version = from.version + 1; version < newest; version += 1) {
    const bytes = await server.getMetadata(gun, ROOT, { version, maxBytes: MAX_METADATA_BYTES });
    const next = acceptRoot(parseEnvelope(bytes), {
      gun,
      now,
      trusted,
      minVersion: version,
      allowExpired: true,
      ignoreCertificateDates: true,
    });
    if (next.version !== version) throw new RootRotationError(`version ${next.version} was given out as ${version}`);
    trusted = next;
  }
  return trusted;
}

function isPromised(bytes: Buffer, promised: FileMeta): boolean {
  try {
    verifyFileMeta(ROOT, bytes, promised);
    return true;
  } catch {
    return false;
  }
}
