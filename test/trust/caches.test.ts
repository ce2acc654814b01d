import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { RemoteUnavailableError } from '../../src/notary/client/index.ts';
import { FILES, type FileName, GUN, readTag, World } from './world.ts';

/** What became of a role's file on its way from the server. */
type Served = 'as it is' | 'not found' | 'an error';

const MODES = ['compat', 'strict'] as const;

/** A reader whose cache has edition 2, with one file of it spoilt. */
async function spoiltCache(world: World, mode: (typeof MODES)[number], role: FileName, text: string) {
  const directory = world.directory();
  expect(await readTag(world.client(mode, { directory }))).toBe('edition 2');
  const path = join(directory.path, 'tuf', GUN, 'metadata', `${role}.json`);
  await writeFile(path, text);
  return world.client(mode, { directory });
}

function serve(world: World, role: FileName, served: Served): void {
  const isMeant = (name: string) => name === role || name.startsWith(`${role} version`);
  if (served === 'not found') world.server.tamper = (name, bytes) => (isMeant(name) ? undefined : bytes);
  if (served === 'an error') {
    world.server.pause = async () => {
      if (isMeant(world.server.requests.at(-1) ?? '')) throw new RemoteUnavailableError(503);
    };
  }
}

describe.each(MODES)('in %s, when a cached file is spoilt', (mode) => {
  test.each(FILES.filter((role) => role !== 'root'))('%s is fetched anew', async (role) => {
    for (const text of ['', 'not json', '{"signed":{},"signatures":[]}']) {
      await using world = await World.create();
      await world.publish(2);
      const client = await spoiltCache(world, mode, role, text);
      await world.publish(3);
      expect(await readTag(client), `${role} is ${JSON.stringify(text)}`).toBe('edition 3');
    }
  });

  test('root is not: what was trusted on first use must not be so twice', async () => {
    await using world = await World.create();
    await world.publish(2);
    const client = await spoiltCache(world, mode, 'root', 'not json');
    world.rotate('root', 'targets', 'snapshot', 'timestamp');
    await world.publish(3);
    expect(await readTag(client)).toBe('TRUST_CACHED_ROOT');
  });

  test.each(FILES.flatMap((role) => (['not found', 'an error'] as const).map((served) => ({ role, served }))))(
    '$role is not believed where the server has $served for it',
    async ({ role, served }) => {
      await using world = await World.create();
      await world.publish(2);
      const client = await spoiltCache(world, mode, role, 'not json');
      serve(world, role, served);
      expect(await readTag(client)).toMatch(
        /^(NOTARY_REMOTE_(NOT_FOUND|UNAVAILABLE)|TUF_MALFORMED|TRUST_CACHED_ROOT)$/,
      );
    },
  );
});

describe.each(MODES)('in %s, when what is cached is in order and current', (mode) => {
  test.each(
    FILES.filter((role) => role !== 'timestamp').flatMap((role) =>
      (['not found', 'an error'] as const).map((served) => ({ role, served })),
    ),
  )('$role is not asked for again, so that $served does no harm', async ({ role, served }) => {
    await using world = await World.create();
    await world.publish(2);
    const client = world.client(mode);
    expect(await readTag(client)).toBe('edition 2');
    serve(world, role, served);
    const isNewestRootFirst = mode === 'strict' && role === 'root' && served === 'an error';
    expect(await readTag(client)).toBe(isNewestRootFirst ? 'NOTARY_REMOTE_UNAVAILABLE' : 'edition 2');
  });
});
