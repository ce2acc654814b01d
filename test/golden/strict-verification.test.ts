import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { RemoteNotFoundError } from '../../src/notary/client/index.ts';
import { KeyStore, TrustDirectory, TrustRepository, type TrustServer } from '../../src/trust/index.ts';
import { parseEnvelope, parseGun, STRICT } from '../../src/tuf/index.ts';
import { listRecordedMetadata, readRecording } from './recorded-metadata.ts';

/** What docker 28, and notary 0.5 to 0.7, published, version after version. */
const COLLECTIONS = [
  'example.com/vec-0.5.1',
  'example.com/vec-0.6.1',
  'example.com/vec-0.7.0',
  'sandboxregistry:5000/test/signed',
  'sandboxregistry:5000/test/trusttest',
];
const NOW = new Date('2026-11-23T12:00:00Z');

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'strict-'));
});
afterEach(() => rm(home, { recursive: true, force: true }));

function recordedFiles(gun: string): readonly Buffer[] {
  const folder = `notary-metadata/${gun.replace(/[/:]/g, '_')}/`;
  return listRecordedMetadata()
    .filter((file) => file.startsWith(folder))
    .map(readRecording);
}

/** Gives the timestamp that is chosen, and all else by hash and version. */
class Recorded {
  readonly #byHash: ReadonlyMap<string, Buffer>;
  readonly #roots: ReadonlyMap<number, Buffer>;
  readonly timestamps: readonly Buffer[];
  timestamp: Buffer | undefined;

  constructor(files: readonly Buffer[]) {
    const ofType = (type: string) => files.filter((bytes) => parseEnvelope(bytes).signed._type === type);
    const versionOf = (bytes: Buffer) => Number(parseEnvelope(bytes).signed.version);
    this.#byHash = new Map(files.map((bytes) => [createHash('sha256').update(bytes).digest('hex'), bytes]));
    this.#roots = new Map(ofType('Root').map((bytes) => [versionOf(bytes), bytes]));
    this.timestamps = ofType('Timestamp').sort((a, b) => versionOf(a) - versionOf(b));
  }

  readonly server: TrustServer = {
    host: 'notaryserver:4443',
    getMetadata: async (_, role, { sha256, version } = {}) => {
      const newest = role === 'timestamp' ? this.timestamp : this.#roots.get(Math.max(...this.#roots.keys()));
      const found = sha256 ? this.#byHash.get(sha256) : version ? this.#roots.get(version) : newest;
      if (!found) throw new RemoteNotFoundError(role);
      return found;
    },
    getKey: () => Promise.reject(new Error('nothing is signed here')),
    rotateKey: () => Promise.reject(new Error('nothing is signed here')),
    publish: () => Promise.reject(new Error('nothing is published here')),
    deleteCollection: () => Promise.reject(new Error('nothing is deleted here')),
  };
}

function reader(recorded: Recorded, gun: string, name: string): TrustRepository {
  const directory = new TrustDirectory(join(home, name));
  const keys = new KeyStore(directory, { ask: async () => ({ kind: 'give-up' }) });
  const { server } = recorded;
  return new TrustRepository({ gun: parseGun(gun), directory, server, keys, clock: { now: () => NOW }, rules: STRICT });
}

test.each(COLLECTIONS)('%s is followed strictly, from each version to the next and by newcomers', async (gun) => {
  const recorded = new Recorded(recordedFiles(gun));
  expect(recorded.timestamps.length).toBeGreaterThan(0);
  const follower = reader(recorded, gun, 'follower');
  for (const [index, timestamp] of recorded.timestamps.entries()) {
    recorded.timestamp = timestamp;
    const [followed, fresh] = [await follower.update(), await reader(recorded, gun, `newcomer-${index}`).update()];
    expect(followed.timestamp.envelope.bytes.equals(timestamp)).toBe(true);
    expect([...fresh.targets.keys()]).toEqual([...followed.targets.keys()]);
  }
});
