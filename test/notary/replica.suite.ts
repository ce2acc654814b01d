import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { verifyAudit } from '../../src/notary/store/audit/verify-audit.ts';
import { listChanges } from '../../src/notary/store/change-feed.ts';
import { verifyStore } from '../../src/notary/store/verify-store.ts';
import {
  formatTargets,
  type Gun,
  parseEnvelope,
  parseSnapshot,
  parseTimestamp,
  ROOT,
  SNAPSHOT,
  signMetadata,
  TARGETS,
  TIMESTAMP,
} from '../../src/tuf/index.ts';
import { newSigner, signTargets, TEST_NOW } from '../tuf-repository.ts';
import { raceFor, readWhile } from './race.ts';
import { files, publishNew, type RunningServer, startServer } from './running-server.ts';

/** What servers over one database promise: any of them may be asked. `locate` names a new, empty database. */
export function describeReplicas(name: string, locate: () => Promise<string>, publishers = 64): void {
  describe(name, () => {
    let servers: readonly [RunningServer, RunningServer];
    beforeEach(async () => {
      const [path, keys] = [await locate(), { secret: randomBytes(32) }];
      servers = [await startServer({ path, keys }), await startServer({ path, keys })];
    });
    afterEach(async () => {
      for (const server of servers) await server[Symbol.asyncDispose]();
    });

    const expectSound = async (): Promise<void> => {
      const found: unknown[] = [];
      for await (const { gun, problems } of verifyStore(servers[0].database, { now: TEST_NOW }))
        if (problems.length > 0) found.push({ gun, problems });
      expect(found).toEqual([]);
      expect(await verifyAudit(servers[1].database)).toMatchObject({ break: undefined, filesOutside: 0 });
    };

    test('what one has confirmed the other serves at once, over and over', async () => {
      const [one, other] = servers;
      const repository = await publishNew(one.client, 'example.com/seen');
      for (let version = 2; version < 30; version += 1) {
        const [writer, reader] = version % 2 === 0 ? [one, other] : [other, one];
        const { bytes } = await signTargets(repository, { version });
        await writer.client.publish(repository.name, files({ targets: bytes }));
        expect(Buffer.from(await reader.client.getMetadata(repository.name, TARGETS))).toEqual(bytes);
        const timestamp = parseEnvelope(await reader.client.getMetadata(repository.name, TIMESTAMP));
        expect(parseTimestamp(timestamp.signed).version).toBe(version);
      }
      await one.client.deleteCollection(repository.name);
      await expect(other.client.getMetadata(repository.name, ROOT)).rejects.toMatchObject({
        code: 'NOTARY_REMOTE_NOT_FOUND',
      });
      await expectSound();
    });

    test.each([
      { who: 'the servers sign the snapshot', isClientSigned: false },
      { who: 'the publishers sign the snapshot', isClientSigned: true },
    ])(
      `${publishers} publishers race while $who: each version exists once, and no reader is sent to what is not there`,
      async ({ isClientSigned }) => {
        const { answers, versions } = await raceFor(servers, { publishers, rounds: 3, isClientSigned });
        expect(answers.filter((answer) => answer === 'published')).toHaveLength(versions.length);
        expect(new Set(answers)).toEqual(new Set(['published', 'VERSION']));
        expect(versions).toEqual([2, 3, 4]);
        await expectSound();
      },
      120_000,
    );

    test('publishers of different roles, who come to different servers at once, all succeed', async () => {
      const [one] = servers;
      const repository = await publishNew(one.client, 'example.com/delegated');
      const signers = ['a', 'b', 'c', 'd'].map((each) => ({ name: `targets/${each}`, signer: newSigner() }));
      const delegations = {
        keys: new Map(signers.map(({ signer }) => [signer.key.keyid, signer.key])),
        roles: signers.map(({ name, signer }) => ({
          name,
          keyids: [signer.key.keyid],
          threshold: 1,
          paths: [''],
          extra: {},
        })),
        extra: {},
      };
      const { bytes } = await signTargets(repository, { version: 2, delegations });
      await one.client.publish(repository.name, files({ targets: bytes }));
      await Promise.all(
        signers.map(async ({ name, signer }, i) => {
          const signed = await signMetadata(formatTargets(repository.targets), [signer]);
          await (servers[i % 2] ?? one).client.publish(repository.name, files({ [name]: signed.bytes }));
        }),
      );
      const snapshot = parseSnapshot(parseEnvelope(await one.client.getMetadata(repository.name, SNAPSHOT)).signed);
      expect([...snapshot.meta.keys()].sort()).toEqual(['root', 'targets', ...signers.map(({ name }) => name)]);
      await expectSound();
    });

    test('what has run out is signed again once, however many readers come at the same time', async () => {
      const [one] = servers;
      const repository = await publishNew(one.client, 'example.com/due');
      for (const server of servers) server.now = new Date(TEST_NOW.getTime() + 15 * 24 * 3600 * 1000);
      const read = (gun: Gun, i: number) =>
        (servers[i % 2] ?? one).client.getMetadata(gun, i % 3 === 0 ? SNAPSHOT : TIMESTAMP);
      await Promise.all(Array.from({ length: 60 }, (_, i) => read(repository.name, i)));
      const feed = await listChanges(one.database, { records: 100, isBackwards: false });
      expect(feed.map(({ Version }) => Version)).toEqual([1, 2]);
      await expectSound();
    });

    test('a reader of the feed misses nothing while both write', async () => {
      const [one, other] = servers;
      const repositories = await Promise.all([1, 2, 3, 4].map((i) => publishNew(one.client, `example.com/feed-${i}`)));
      const seen: string[] = [];
      let last = 0;
      const poll = async (): Promise<void> => {
        for (const { ID, GUN, Version } of await listChanges(other.database, {
          after: last,
          records: 100,
          isBackwards: false,
        })) {
          seen.push(`${GUN} ${Version}`);
          last = Number(ID);
        }
      };
      const writing = repositories.flatMap((repository, i) =>
        [2, 3, 4, 5, 6].reduce<Promise<void>>(async (before, version) => {
          await before;
          const { bytes } = await signTargets(repository, { version });
          await (servers[(i + version) % 2] ?? one).client.publish(repository.name, files({ targets: bytes }));
        }, Promise.resolve()),
      );
      await readWhile(Promise.all(writing), poll);
      await poll();
      const wanted = repositories.flatMap(({ name: gun }) => [1, 2, 3, 4, 5, 6].map((version) => `${gun} ${version}`));
      expect([...seen].sort()).toEqual(wanted.sort());
    });
  });
}
