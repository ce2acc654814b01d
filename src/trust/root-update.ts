import {
  acceptRoot,
  type FileMeta,
  isExpired,
  isTufError,
  listRootCertificates,
  parseEnvelope,
  parseRoot,
  ROOT,
  type Root,
  RootRotationError,
  type Trusted,
  TrustPinError,
  type VerificationRules,
  verifyFileMeta,
  verifySize,
} from '../tuf/index.ts';
import { CachedRootError } from './errors.ts';
import { acceptNewest, approve, followRoots, walkRoots } from './root-walk.ts';
import { acceptanceOf, keepInCache, type UpdateContext } from './update-context.ts';

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
  const { gun, cache, server, rules } = context;
  const bytes = await cache.find(ROOT);
  const cached = bytes && acceptCached(bytes, context);
  if (cached && rules.isNewestRootFirst) {
    if (forWrite) await server.getMetadata(gun, ROOT, { maxBytes: rules.limits.rootBytes });
    return { root: await followRoots(context, cached), cached };
  }
  if (cached) approve(cached, context);
  const isUsable = cached !== undefined && (context.allowExpired === true || isCurrent(cached, context));
  if (isUsable && !forWrite) return { root: cached, cached };
  const offered = await server.getMetadata(gun, ROOT, { maxBytes: rules.limits.rootBytes });
  const root = isUsable ? cached : await takeRoot(context, cached, offered);
  return { root, cached };
}

/**
 * The cached root, if it is among those pinned. One that is not tells nothing: whoever pins another means that one, which
 * need not be signed by the one that came first.
 */
function acceptCached(bytes: Buffer, context: UpdateContext): Trusted<Root> | undefined {
  const { gun, now, pin, log, rules } = context;
  const firstUse = pin.kind === 'first-use'; // refused or not, it was trusted before
  try {
    return acceptRoot(parseEnvelope(bytes, ROOT), {
      gun,
      now,
      allowExpired: true,
      ignoreCertificateDates: true, // its successor may yet be signed by it
      onGate: rules.isNewestRootFirst ? undefined : acceptanceOf(context).onGate, // told of once
      ...(!firstUse && { pin }),
    });
  } catch (thrown) {
    if (isTufError(thrown) && !(thrown instanceof TrustPinError)) {
      throw new CachedRootError(gun, context.cache.pathOf(ROOT), thrown);
    }
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
  const { gun, server, rules } = context;
  if (!promised) {
    const maxBytes = rules.limits.rootBytes;
    return takeRoot(context, trusted, await server.getMetadata(gun, ROOT, { maxBytes }));
  }
  verifySize(ROOT, promised.length, rules);
  if (isPromised(trusted.envelope.bytes, promised, rules)) return trusted;
  const sha256 = promised.hashes.get('sha256')?.toString('hex') ?? '';
  const offered = await server.getMetadata(gun, ROOT, { sha256, maxBytes: promised.length });
  verifyFileMeta(ROOT, offered, promised, rules);
  return takeRoot(context, trusted, offered);
}

/** Accepts a root as the first, or as the successor of `trusted`, near or far; then keeps it. */
async function takeRoot(
  context: UpdateContext,
  trusted: Trusted<Root> | undefined,
  bytes: Buffer,
): Promise<Trusted<Root>> {
  const offered = parseEnvelope(bytes, ROOT);
  const accept = (previous: Trusted<Root> | undefined): Trusted<Root> => acceptNewest(offered, previous, context);
  const { version } = parseRoot(offered.signed);
  if (trusted && context.rules.isNewestRootFirst && version > trusted.version + 1) {
    const root = accept(await walkRoots(context, trusted, version)); // TUF v1.0.34 §5.3: none is left out
    await keepInCache(context, ROOT, bytes);
    return root;
  }
  let root: Trusted<Root>;
  try {
    root = accept(trusted);
  } catch (thrown) {
    if (!(thrown instanceof RootRotationError) || !trusted) throw thrown;
    root = accept(await walkRoots(context, trusted, version));
  }
  await keepInCache(context, ROOT, bytes);
  return root;
}

function isPromised(bytes: Buffer, promised: FileMeta, rules: VerificationRules): boolean {
  try {
    verifyFileMeta(ROOT, bytes, promised, rules);
    return true;
  } catch {
    return false;
  }
}
