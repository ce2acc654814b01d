import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { registryOf } from '../../src/cli/trust/remote-manifest.ts';
import { signRemote } from '../../src/cli/trust/sign-remote.ts';
import { openRepository } from '../../src/cli/trust/trust-context.ts';
import { digestOf, MEDIA_TYPES, parseImageReference, type Tag } from '../../src/core/index.ts';
import { TARGETS } from '../../src/tuf/index.ts';
import { type RunningRegistry, runRegistry } from '../registry/running-registry.ts';
import { type Machines, openMachines } from './trust-machines.ts';

let machines: Machines;
let registry: RunningRegistry;
beforeEach(async () => {
  [machines, registry] = [await openMachines(), await runRegistry()];
});
afterEach(async () => {
  await registry[Symbol.asyncDispose]();
  await machines[Symbol.asyncDispose]();
});

const PLATFORMS = [
  { os: 'linux', architecture: 'amd64' },
  { os: 'linux', architecture: 'arm64', variant: 'v8' },
  { os: 'unknown', architecture: 'unknown' }, // an attestation
];

/** Pushes an index of three images as `app:v1`. */
async function pushIndex(platforms: readonly object[] = PLATFORMS) {
  const manifests: object[] = [];
  for (const platform of platforms) {
    const config = await registry.pushBlob('app', Buffer.from(JSON.stringify(platform)));
    const size = JSON.stringify(platform).length;
    const manifest = JSON.stringify({
      schemaVersion: 2,
      mediaType: MEDIA_TYPES.ociManifest,
      config: { mediaType: MEDIA_TYPES.ociConfig, digest: config, size },
      layers: [],
    });
    const digest = digestOf(Buffer.from(manifest));
    await put(digest, MEDIA_TYPES.ociManifest, manifest);
    manifests.push({ mediaType: MEDIA_TYPES.ociManifest, digest, size: manifest.length, platform });
  }
  const index = JSON.stringify({ schemaVersion: 2, mediaType: MEDIA_TYPES.ociIndex, manifests });
  await put('v1', MEDIA_TYPES.ociIndex, index);
  return { digest: digestOf(Buffer.from(index)), manifests };
}

async function put(reference: string, type: string, body: string): Promise<void> {
  const { status } = await registry.ask('PUT', `/v2/app/manifests/${reference}`, {
    headers: { 'content-type': type },
    body,
  });
  expect(status).toBe(201);
}

async function open(changes: { digest?: string | undefined; hasChildren?: boolean } = {}) {
  const machine = await machines.machine();
  const reference = { ...parseImageReference(`127.0.0.1:${registry.port}/app:v1`), tag: 'v1' as Tag };
  const surroundings = { ...machine.context.surroundings, names: { find: () => undefined } };
  const config = { path: '', value: {} };
  const engine = { info: () => Promise.reject(new Error('no Engine')) };
  const fetch = registryOf({ config, surroundings, engine } as never, machine.context.io);
  const options = { hasChildren: false, digest: undefined, ...changes };
  return {
    said: machine.said,
    sign: () => signRemote(reference, options, fetch, machine.context),
    async listed() {
      const repository = await openRepository(machine.context, reference);
      const targets = await repository.listTargets([TARGETS]);
      return targets.map(({ name, file }) => [name, file.hashes.get('sha256')?.toString('hex'), file.length]);
    },
  };
}

const hex = (digest: string): string => digest.slice('sha256:'.length);

describe('trust sign --remote', () => {
  test('signs the digest of an index that no Engine has', async () => {
    const { digest } = await pushIndex();
    const { sign, listed, said } = await open({ digest });
    await sign();
    expect((await listed()).map(([name, found]) => [name, found])).toEqual([['v1', hex(digest)]]);
    expect(said().stdout).toContain(`Signing and pushing trust metadata for index 127.0.0.1:${registry.port}/app:v1`);
  });

  test('signs each of its images too, under its platform, but no attestations', async () => {
    const { digest, manifests } = await pushIndex();
    const { sign, listed, said } = await open({ hasChildren: true });
    await sign();
    const [amd64, arm64] = manifests as { digest: string; size: number }[];
    expect(await listed()).toEqual([
      ['v1', hex(digest), expect.any(Number)],
      ['v1-linux-amd64', hex(amd64?.digest ?? ''), amd64?.size],
      ['v1-linux-arm64-v8', hex(arm64?.digest ?? ''), arm64?.size],
    ]);
    expect(said().stdout).toContain(`Successfully signed 127.0.0.1:${registry.port}/app:v1-linux-arm64-v8\n`);
  });

  test('signs nothing when something else is under the tag', async () => {
    await pushIndex();
    const { sign, listed } = await open({ digest: digestOf(Buffer.from('mine')) });
    await expect(sign()).rejects.toThrow(/and not sha256:.*: nothing was signed$/);
    await expect(listed()).rejects.toThrow();
  });

  test.each([
    { what: 'two images for one platform', platforms: [PLATFORMS[0], { ...PLATFORMS[0], 'os.version': '1' }] },
    { what: 'a platform that is no part of a tag', platforms: [{ os: 'li nux', architecture: 'x' }] },
  ])('signs nothing of an index with $what', async ({ platforms }) => {
    await pushIndex(platforms as object[]);
    const { sign, listed } = await open({ hasChildren: true });
    await expect(sign()).rejects.toThrow(/the index has two images|cannot be signed/);
    await expect(listed()).rejects.toThrow();
  });

  test('has no images to sign in what is no index', async () => {
    const { manifests } = await pushIndex();
    const [first] = manifests as { digest: string }[];
    const { body } = await registry.ask('GET', `/v2/app/manifests/${first?.digest}`, {
      headers: { accept: MEDIA_TYPES.ociManifest },
    });
    await put('v1', MEDIA_TYPES.ociManifest, body.toString());
    await expect((await open({ hasChildren: true })).sign()).rejects.toThrow('v1 is no index');
    await (await open()).sign();
  });
});
