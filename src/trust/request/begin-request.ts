import {
  buildRoot,
  buildTargets,
  defaultExpires,
  formatRoot,
  formatTargets,
  type PublicKey,
  ROOT,
  type RoleName,
  rootRole,
  TARGETS,
} from '../../tuf/index.ts';
import { RepositoryNotFoundError } from '../errors.ts';
import type { PublishContext } from '../publish.ts';
import { verifyReachable } from '../role-policy.ts';
import { updateCollection } from '../update.ts';
import { signHere } from './make-request.ts';
import { RequestInvalidError, type SigningRequest } from './signing-request.ts';

/** Who is to hold a new collection. */
export interface Beginning {
  /** Certificates of root keys for the GUN, wherever their private keys are. */
  readonly root: readonly PublicKey[];
  readonly rootThreshold: number;
  readonly targets: readonly PublicKey[];
  readonly targetsThreshold: number;
}

/**
 * A request for the first root and targets of a collection, by keys that need not be here: who makes it asks the server
 * for the keys that are its own (timestamp, snapshot), and the others sign, each where their key is.
 * @throws {RequestInvalidError} the collection is there
 * @throws {ThresholdUnreachableError} and whatever the server throws
 */
export async function beginRequest(
  context: PublishContext,
  { root, rootThreshold, targets, targetsThreshold }: Beginning,
): Promise<SigningRequest> {
  const { gun, server, keys, now } = context;
  await verifyUnknown(context);
  verifyReachable(ROOT, rootThreshold, root);
  verifyReachable(TARGETS, targetsThreshold, targets);
  const [timestamp, snapshot] = [await server.getKey(gun, 'timestamp'), await server.getKey(gun, 'snapshot')];
  const thresholds = { root: rootThreshold, targets: targetsThreshold };
  const first = buildRoot(
    { root, targets, timestamp: [timestamp], snapshot: [snapshot] },
    { expires: defaultExpires('root', now), thresholds },
  );
  const own = buildTargets({ expires: defaultExpires('targets', now) });
  const files = new Map([
    [ROOT as RoleName, await signHere(formatRoot(first), [rootRole(first, 'root')], keys)],
    [TARGETS as RoleName, await signHere(formatTargets(own), [rootRole(first, 'targets')], keys)],
  ]);
  return { gun, made: now.toISOString(), files, removed: [] };
}

async function verifyUnknown(context: PublishContext): Promise<void> {
  try {
    await updateCollection({ ...context, allowExpired: true }, true);
  } catch (thrown) {
    if (thrown instanceof RepositoryNotFoundError) return;
    throw thrown;
  }
  throw new RequestInvalidError(`${context.gun} is published already: there is nothing to begin`);
}
