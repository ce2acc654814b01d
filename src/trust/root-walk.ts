import {
  acceptRoot,
  type Envelope,
  parseEnvelope,
  ROOT,
  type Root,
  RootRotationError,
  type Trusted,
} from '../tuf/index.ts';
import { RootGapError, TooManyRootsError } from './errors.ts';
import { verifyLockedRoot } from './lock.ts';
import { isNotFound } from './trust-server.ts';
import { acceptanceOf, keepInCache, type UpdateContext } from './update-context.ts';

/**
 * Follows the chain of roots up to the one before `newest`; their dates do not count (TUF v1.0.34 §5.3.3 to §5.3.9).
 * @throws {TooManyRootsError | RootGapError | TufError}
 */
export async function walkRoots(context: UpdateContext, from: Trusted<Root>, newest: number): Promise<Trusted<Root>> {
  if (newest - from.version > context.rules.limits.rotations) throw new TooManyRootsError(from.version, newest);
  let trusted = from;
  for (let version = from.version + 1; version < newest; version += 1) {
    const bytes = await findRoot(context, version);
    if (!bytes) throw new RootGapError(context.gun, version, newest);
    trusted = acceptNext(bytes, trusted, context);
  }
  return trusted;
}

/** The newest root that follows from `from`, asked for one by one before anything else (TUF v1.0.34 §5.3). */
export async function followRoots(context: UpdateContext, from: Trusted<Root>): Promise<Trusted<Root>> {
  const { rotations } = context.rules.limits;
  let [previous, newest] = [from, from];
  for (let bytes = await findRoot(context, from.version + 1); bytes; ) {
    [previous, newest] = [newest, acceptNext(bytes, newest, context)];
    if (newest.version - from.version > rotations) throw new TooManyRootsError(from.version, newest.version);
    bytes = await findRoot(context, newest.version + 1);
  }
  const root = acceptNewest(newest.envelope, previous, context);
  if (root.version !== from.version) await keepInCache(context, ROOT, root.envelope.bytes);
  return root;
}

async function findRoot({ gun, server, rules }: UpdateContext, version: number): Promise<Buffer | undefined> {
  try {
    return await server.getMetadata(gun, ROOT, { version, maxBytes: rules.limits.rootBytes });
  } catch (thrown) {
    if (isNotFound(thrown)) return undefined;
    throw thrown;
  }
}

/** A root on the way, whose dates do not count. */
function acceptNext(bytes: Buffer, trusted: Trusted<Root>, context: UpdateContext): Trusted<Root> {
  const version = trusted.version + 1;
  const next = acceptRoot(parseEnvelope(bytes, ROOT), {
    ...acceptanceOf(context),
    gun: context.gun,
    trusted,
    minVersion: version,
    allowExpired: true,
    ignoreCertificateDates: true,
  });
  if (next.version !== version) throw new RootRotationError(`version ${next.version} was given out as ${version}`);
  return next;
}

/** The root to go by: its dates count, and so do pins. */
export function acceptNewest(
  offered: Envelope,
  previous: Trusted<Root> | undefined,
  context: UpdateContext,
): Trusted<Root> {
  const { gun, pin, allowExpired = false } = context;
  const root = acceptRoot(offered, {
    ...acceptanceOf(context),
    gun,
    pin,
    trusted: previous,
    before: previous && { version: previous.version, canonical: previous.envelope.canonical },
    ignoreCertificateDates: allowExpired,
  });
  approve(root, context);
  return root;
}

/** What the lockfile says has the last word. */
export function approve(root: Trusted<Root>, { gun, lock, trace }: UpdateContext): void {
  if (!lock) return;
  verifyLockedRoot(gun, lock, root);
  trace?.({ kind: 'lock', what: `root version ${root.version}` });
}
