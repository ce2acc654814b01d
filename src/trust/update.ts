import { errorMessage, type Log } from '../core/index.ts';
import {
  acceptSnapshot,
  acceptTimestamp,
  ChecksumMismatchError,
  parseEnvelope,
  parseSnapshot,
  parseTimestamp,
  type Root,
  SNAPSHOT,
  type Snapshot,
  TIMESTAMP,
  type Timestamp,
  type Trusted,
} from '../tuf/index.ts';
import { findCached, loadPromised, trustedBefore } from './cached-metadata.ts';
import type { TrustCollection } from './collection.ts';
import { describePin } from './describe-pin.ts';
import { RepositoryNotFoundError, TooSlowError } from './errors.ts';
import { verifyLockedVersions } from './lock.ts';
import { warnNearExpiry } from './near-expiry.ts';
import { bootstrapRoot, updateRoot } from './root-update.ts';
import { isNotFound, isUnreachable } from './trust-server.ts';
import { acceptanceOf, keepInCache, type UpdateContext } from './update-context.ts';
import { keptUnder, type UpdateRun } from './update-run.ts';
import { updateTargets } from './update-targets.ts';
import { watchedServer } from './watched-server.ts';

type UpdatedCollection = Omit<TrustCollection, 'hasWarnings'>;

/**
 * Brings the cache of a GUN's trust data up to date and returns what is trusted now, in the order of Notary's client
 * (docs/wire/trust-directory.md, "Update"): timestamp, then by hash what has changed of snapshot, targets and
 * delegations. When anything is wrong, root is fetched and all of it tried once more. `forWrite` asks for the server's
 * root first, so that nobody signs on the word of a cache alone.
 * @throws {RepositoryNotFoundError} no root anywhere
 * @throws {TufError} what the server or the cache offers is not to be trusted
 * @throws whatever the server throws, when the cache cannot stand in
 */
export async function updateCollection(given: UpdateContext, forWrite = false): Promise<TrustCollection> {
  const { rules, trace } = given;
  const server = watchedServer(given.server, { updateMs: rules.limits.updateMs, trace });
  const context: UpdateContext = { ...given, server };
  trace?.({
    kind: 'update',
    gun: context.gun,
    mode: rules.mode,
    now: context.now.toISOString(),
    pin: describePin(context.pin),
  });
  const { root, cached } = await rootOrNone(context, () => bootstrapRoot(context, forWrite));
  let hasWarnings = false;
  const log = watchWarnings(context.log, () => {
    hasWarnings = true;
  });
  const run: UpdateRun = {
    ...context,
    log,
    cachedRoot: cached,
    promisedRoot: undefined,
    insufficient: new Map(),
    unverified: new Map(),
  };
  let collection: UpdatedCollection;
  try {
    collection = await updateOnce(run, root);
  } catch (thrown) {
    if (thrown instanceof TooSlowError) throw thrown; // there is no time left to try again in
    trace?.({ kind: 'again', reason: errorMessage(thrown) });
    context.log.debug('update failed; root is fetched, and all tried again', { reason: errorMessage(thrown) });
    collection = await updateOnce(run, await rootOrNone(context, () => updateRoot(context, root, run.promisedRoot)));
  }
  warnNearExpiry(collection, run);
  const updated = { ...collection, hasWarnings };
  if (context.lock) verifyLockedVersions(context.gun, context.lock, updated);
  return updated;
}

function watchWarnings(log: Log, onWarning: () => void): Log {
  return {
    debug: (event, fields) => log.debug(event, fields),
    info: (event, fields) => log.info(event, fields),
    error: (event, fields) => log.error(event, fields),
    warn(event, fields) {
      onWarning();
      log.warn(event, fields);
    },
  };
}

async function rootOrNone<T>({ server, gun }: UpdateContext, fetchRoot: () => Promise<T>): Promise<T> {
  try {
    return await fetchRoot();
  } catch (cause) {
    if (isNotFound(cause)) throw new RepositoryNotFoundError(server.host, gun, { cause });
    throw cause;
  }
}

async function updateOnce(run: UpdateRun, root: Trusted<Root>): Promise<UpdatedCollection> {
  const timestamp = await updateTimestamp(run, root);
  const snapshot = await updateSnapshot(run, root, timestamp);
  run.promisedRoot = snapshot.meta.get('root');
  run.insufficient.clear();
  run.unverified.clear();
  const targets = await updateTargets(run, root, snapshot);
  const { insufficient, unverified, rules } = run;
  return { root, timestamp, snapshot, targets, insufficient, unverified, rules };
}

/** Always asked for. When the server cannot answer, a cached one that has not expired will do, with a warning. */
async function updateTimestamp(run: UpdateRun, root: Trusted<Root>): Promise<Trusted<Timestamp>> {
  const { gun, server, log, rules } = run;
  const maxBytes = rules.limits.timestampBytes; // the one file whose size nobody announces
  const cached = await findCached(run, TIMESTAMP, maxBytes);
  let bytes: Buffer;
  try {
    bytes = await server.getMetadata(gun, TIMESTAMP, { maxBytes });
  } catch (thrown) {
    if (!isUnreachable(thrown) || !cached || rules.isFreshnessRequired) throw thrown;
    log.warn(
      'Error while downloading remote metadata, using cached timestamp - this might not be the latest version available remotely',
    );
    return acceptTimestamp(root, parseEnvelope(cached, TIMESTAMP), acceptanceOf(run));
  }
  const before = trustedBefore(cached, keptUnder(run, root, 'timestamp'), parseTimestamp);
  const timestamp = acceptTimestamp(root, parseEnvelope(bytes, TIMESTAMP), { ...acceptanceOf(run), before });
  if (!cached?.equals(bytes)) await keepInCache(run, TIMESTAMP, bytes);
  return timestamp;
}

async function updateSnapshot(
  run: UpdateRun,
  root: Trusted<Root>,
  timestamp: Trusted<Timestamp>,
): Promise<Trusted<Snapshot>> {
  return loadPromised(run, {
    role: SNAPSHOT,
    promised: timestamp.meta.get('snapshot'),
    keptUnder: keptUnder(run, root, 'snapshot'),
    parse: parseSnapshot,
    accept(envelope, acceptance) {
      try {
        return acceptSnapshot(root, timestamp, envelope, acceptance);
      } catch (thrown) {
        // Its last check: all else about this snapshot is in order, so it can say which root to fetch.
        const isRootChanged = thrown instanceof ChecksumMismatchError && thrown.subject === 'root';
        if (isRootChanged) run.promisedRoot = parseSnapshot(envelope.signed).meta.get('root');
        throw thrown;
      }
    },
  });
}
