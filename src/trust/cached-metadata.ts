import { errorMessage, type JsonObject, TrustSandboxError } from '../core/index.ts';
import {
  type Acceptance,
  ChecksumMissingError,
  type Envelope,
  type FileMeta,
  type GateReport,
  gatesOf,
  isTufError,
  maxBytesOf,
  parseEnvelope,
  type Role,
  type RoleName,
  refusalOf,
  type SignedCommon,
  SNAPSHOT,
  type Trusted,
  type TrustedBefore,
  verifyFileMeta,
  verifySize,
  verifyThreshold,
} from '../tuf/index.ts';
import { MAX_METADATA_BYTES } from './trust-directory.ts';
import { acceptanceOf, keepInCache, type UpdateContext } from './update-context.ts';

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
  const { gun, server, log, rules, trace } = context;
  const { role, promised } = file;
  const sha256 = promised?.hashes.get('sha256')?.toString('hex');
  if (!promised || sha256 === undefined) throw new ChecksumMissingError(role);
  const acceptance = acceptanceOf(context);
  const gate = gatesOf(role, acceptance.onGate);
  gate(
    'size',
    '',
    () => verifySize(role, promised.length, rules),
    () => ({ expected: `at most ${maxBytesOf(role, rules)} bytes`, found: `${promised.length}` }),
  );
  const take = (bytes: Buffer, acceptance: Acceptance): Trusted<T> => {
    verifyFileMeta(role, bytes, promised, rules); // before anything is parsed
    return file.accept(parseEnvelope(bytes, role), acceptance);
  };
  const cached = await findCached(context, role);
  try {
    if (cached) {
      const heard: GateReport[] = []; // what is not current is fetched, and told of then
      const { onGate } = acceptance;
      const trusted = take(cached, { ...acceptance, onGate: onGate && ((report) => heard.push(report)) });
      trace?.({ kind: 'cache', role, outcome: 'used' });
      for (const report of heard) onGate?.(report);
      return trusted;
    }
  } catch (thrown) {
    if (!isTufError(thrown)) throw thrown;
    log.debug('cached metadata is not current', { role, reason: thrown.message });
  }
  trace?.({ kind: 'cache', role, outcome: cached ? 'not current' : 'none' });
  const bytes = await server.getMetadata(gun, role, { sha256, maxBytes: promised.length });
  refuseAloud(role, bytes, promised, context);
  const trusted = take(bytes, { ...acceptance, before: trustedBefore(cached, file.keptUnder, file.parse) });
  await keepInCache(context, role, bytes);
  return trusted;
}

/** Tells of bytes that were not what was promised: they are refused before they are read as metadata. */
function refuseAloud(role: RoleName, bytes: Buffer, promised: FileMeta, context: UpdateContext): void {
  try {
    verifyFileMeta(role, bytes, promised, context.rules);
  } catch (thrown) {
    const refusal = refusalOf(thrown);
    if (refusal) context.trace?.({ kind: 'gate', role, section: role === SNAPSHOT ? '§5.5.2' : '§5.6.2', ...refusal });
    throw thrown;
  }
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

/** What `bytes` are when `role` has signed them, expired or not; else undefined, and any metadata will do. */
export function trustedBefore(
  bytes: Buffer | undefined,
  role: Role | undefined,
  parse: (signed: JsonObject) => SignedCommon,
): TrustedBefore | undefined {
  if (!bytes || !role) return undefined;
  try {
    const envelope = parseEnvelope(bytes);
    verifyThreshold(role, envelope);
    return { version: parse(envelope.signed).version, canonical: envelope.canonical };
  } catch (thrown) {
    if (thrown instanceof TrustSandboxError) return undefined;
    throw thrown;
  }
}
