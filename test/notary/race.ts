import { RemoteRejectedError } from '../../src/notary/client/index.ts';
import {
  type Envelope,
  type Gun,
  parseEnvelope,
  parseGun,
  parseSnapshot,
  parseTimestamp,
  type RoleName,
  SNAPSHOT,
  TARGETS,
  TIMESTAMP,
} from '../../src/tuf/index.ts';
import {
  newRepository,
  newTarget,
  signRoot,
  signSnapshot,
  signTargets,
  type TestRepository,
} from '../tuf-repository.ts';
import { files, newServerRepository, type RunningServer } from './running-server.ts';

/** A server, in this process or another. */
export type RacedServer = Pick<RunningServer, 'client'>;

export interface RaceOptions {
  readonly publishers: number;
  readonly rounds: number;
  readonly isClientSigned: boolean;
}
export interface Race {
  /** What each publisher was told: `published`, or the error's code. */
  readonly answers: readonly string[];
  /** Versions of targets that were stored. */
  readonly versions: readonly number[];
}

/**
 * In each round all publishers offer the next version of targets, each with a target of its own, spread over `servers`. Readers
 * follow the chain meanwhile; the first that is sent to something it cannot fetch makes the race fail.
 */
export async function raceFor(servers: readonly RacedServer[], options: RaceOptions): Promise<Race> {
  const [first] = servers;
  if (!first) throw new Error('no server');
  const gun = parseGun(`example.com/race-${options.isClientSigned}`);
  const repository = options.isClientSigned
    ? newRepository(gun, { timestamp: await first.client.getKey(gun, 'timestamp') })
    : await newServerRepository(first.client, gun);
  const { isClientSigned } = options;
  const root = await signRoot(repository);
  await first.client.publish(gun, await offer(repository, root, { version: 1, content: 'first', isClientSigned }));
  const answers: string[] = [];
  const versions: number[] = [];
  for (let round = 0; round < options.rounds; round += 1) {
    const version = round + 2;
    const offers = await Promise.all(
      Array.from({ length: options.publishers }, (_, i) =>
        offer(repository, root, { version, content: `publisher ${i}`, isClientSigned }),
      ),
    );
    const publishing = Promise.all(offers.map((parts, i) => publish(servers[i % servers.length] ?? first, gun, parts)));
    await readWhile(publishing, () => Promise.all(servers.map((server) => followChain(server, gun))));
    answers.push(...(await publishing));
    const targets = parseEnvelope(await first.client.getMetadata(gun, TARGETS));
    versions.push(Number(targets.signed.version));
  }
  return { answers, versions };
}

async function offer(
  repository: TestRepository,
  root: Envelope,
  { version, content, isClientSigned }: { version: number; content: string; isClientSigned: boolean },
): Promise<ReturnType<typeof files>> {
  const targets = await signTargets(repository, { version, targets: new Map([['latest', newTarget(content)]]) });
  const parts = { targets: targets.bytes, ...(version === 1 && { root: root.bytes }) };
  if (!isClientSigned) return files(parts);
  const snapshot = await signSnapshot(repository, { root, targets }, { version });
  return files({ ...parts, snapshot: snapshot.bytes });
}

async function publish({ client }: RacedServer, gun: Gun, parts: ReturnType<typeof files>): Promise<string> {
  try {
    await client.publish(gun, parts);
    return 'published';
  } catch (thrown) {
    if (thrown instanceof RemoteRejectedError) return thrown.wireCode ?? 'refused';
    throw thrown;
  }
}

/** As a client does: timestamp, then the snapshot it names by hash, then all that one names by hash. */
export async function followChain({ client }: RacedServer, gun: Gun): Promise<void> {
  const { meta } = parseTimestamp(parseEnvelope(await client.getMetadata(gun, TIMESTAMP)).signed);
  const snapshot = await client.getMetadata(gun, SNAPSHOT, { sha256: hashOf(meta, 'snapshot') });
  const named = parseSnapshot(parseEnvelope(snapshot).signed).meta;
  for (const role of named.keys()) await client.getMetadata(gun, role as RoleName, { sha256: hashOf(named, role) });
}

function hashOf(meta: ReturnType<typeof parseSnapshot>['meta'], name: string): string {
  return meta.get(name)?.hashes.get('sha256')?.toString('hex') ?? 'none';
}

/** Does `read` over and over until `work` is done; the first that throws makes it throw. */
export async function readWhile(work: Promise<unknown>, read: () => Promise<unknown>): Promise<void> {
  let isDone = false;
  const finished = work.finally(() => {
    isDone = true;
  });
  finished.catch(() => undefined);
  while (!isDone) {
    await read();
    await new Promise((resolve) => setImmediate(resolve));
  }
  await finished;
}
