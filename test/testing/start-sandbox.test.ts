import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseRepositoryName } from '../../src/core/index.ts';
import { image, startSandbox, type TestSandbox } from '../../src/testing/index.ts';

const app = await image({ layers: [{ 'etc/motd': 'hello\n' }, { 'bin/app': new Uint8Array([1, 2, 3]) }] });
const REFERENCE = 'sandboxregistry:5000/app:1';

async function tagsOf(sandbox: TestSandbox, repository: string): Promise<string[]> {
  const tags: string[] = [];
  const registry = await sandbox.registry();
  for await (const tag of registry.listTags(parseRepositoryName(repository))) tags.push(tag);
  return tags;
}

describe('a sandbox in a test', () => {
  let sandbox: TestSandbox;
  beforeAll(async () => {
    sandbox = await startSandbox();
  });
  afterAll(() => sandbox[Symbol.asyncDispose]());

  test('signs an image that docker then pulls, and pulls by its digest', async () => {
    expect(await sandbox.sign('app:1', app)).toEqual({ reference: REFERENCE, digest: app.digest });
    const pull = await sandbox.docker('pull', REFERENCE, { trust: true });
    expect(pull).toMatchObject({
      status: 0,
      stdout: expect.stringContaining(`sandboxregistry:5000/app@${app.digest}`),
    });
    expect(await sandbox.lookUp('app:1')).toBe(app.digest);
  });

  test('refuses with docker what was pushed and not signed', async () => {
    await sandbox.push('unsigned:1', app);
    const pull = await sandbox.docker('pull', 'sandboxregistry:5000/unsigned:1', { trust: true });
    expect(pull).toMatchObject({ status: 1, stderr: expect.stringContaining('remote trust data does not exist') });
    expect(await sandbox.docker('pull', '-q', 'sandboxregistry:5000/unsigned:1')).toMatchObject({ status: 0 });
  });

  test('has the passphrases that docker and notary need, and a registry client', async () => {
    await sandbox.docker('tag', REFERENCE, 'sandboxregistry:5000/mine:1');
    expect(await sandbox.docker('push', '-q', 'sandboxregistry:5000/mine:1', { trust: true })).toMatchObject({
      status: 0,
    });
    expect(await sandbox.notary('list', 'sandboxregistry:5000/mine')).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/^1 .* targets$/m),
    });
    const tags = await tagsOf(sandbox, 'mine');
    expect(tags).toEqual(['1']);
  });

  test('gives other processes what they need', async () => {
    const script = 'const r = await fetch(process.env.DOCKER_CONTENT_TRUST_SERVER + "/v2/"); console.log(r.status)';
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], {
      env: { ...sandbox.env },
    });
    expect(stdout).toBe('200\n');
    expect((await fetch(`${sandbox.url('sandboxregistry')}/v2/`)).status).toBe(200);
    expect(await readFile(sandbox.caFile, 'utf8')).toContain(sandbox.ca);
  });

  test('runs commands in the box of a service', async () => {
    const { stdout } = await sandbox.exec('sandboxregistry', 'ls', '/var/lib/registry/docker/registry/v2/repositories');
    expect(stdout).toContain('app\n');
  });

  test('tells what happened', async () => {
    const push = await sandbox.events.find({
      kind: 'push',
      service: 'sandboxregistry',
      where: ({ facts }) => facts.tag === '1',
    });
    expect(push.facts).toMatchObject({ repository: 'app', digest: app.digest });
    const coming = sandbox.events.find({ kind: 'request', where: ({ facts }) => facts.path === '/v2/_catalog' });
    await fetch(`${sandbox.url('sandboxregistry')}/v2/_catalog`);
    expect((await coming).facts).toMatchObject({ method: 'GET', status: 200 });
    await expect(sandbox.events.find({ kind: 'fault' }, { timeoutMs: 1 })).rejects.toMatchObject({
      code: 'TESTING_EVENT_MISSING',
    });
  });
});

describe('a fault', () => {
  let sandbox: TestSandbox;
  let url: string;
  beforeAll(async () => {
    sandbox = await startSandbox({ services: ['sandboxregistry', 'notaryserver'], random: () => 0.5 });
    await sandbox.push('app:1', app);
    url = `${sandbox.url('sandboxregistry')}/v2/app/manifests/1`;
  });
  afterAll(() => sandbox[Symbol.asyncDispose]());

  test.each([
    ['answers in the place of a service', 'status=503', async () => (await fetch(url)).status, 503],
    ['is for a route alone', 'status=503 route=/v2/other/*', async () => (await fetch(url)).status, 200],
    ['is for a method alone', 'status=503 method=HEAD', async () => (await fetch(url)).status, 200],
    [
      'is for a client alone',
      'status=503 client=docker*',
      async () => (await fetch(url, { headers: { 'user-agent': 'docker/28' } })).status,
      503,
    ],
    [
      'ends after so many times',
      'status=503 times=1',
      async () => [(await fetch(url)).status, (await fetch(url)).status],
      [503, 200],
    ],
    ['ends connections', 'drop=60%', async () => fetch(url).catch(() => 'ended'), 'ended'],
    ['spares a share of them', 'drop=40%', async () => (await fetch(url)).status, 200],
    [
      'cuts an answer short',
      'truncate',
      async () =>
        fetch(url)
          .then((answer) => answer.text())
          .catch(() => 'cut'),
      'cut',
    ],
    [
      'cuts it after so many bytes',
      'truncate=10',
      async () =>
        fetch(url)
          .then((answer) => answer.text())
          .catch(() => 'cut'),
      'cut',
    ],
    ['does not change what it slows', 'slow=20KB/s', async () => (await fetch(url)).text(), String(app.manifest)],
  ])('%s: %s', async (_, fault, act, expected) => {
    sandbox.faults.set('sandboxregistry', fault);
    expect(await act()).toEqual(expected);
    sandbox.faults.clear();
    expect((await fetch(url)).status).toBe(200);
  });

  test('delays, and is told of', async () => {
    sandbox.faults.set('sandboxregistry', 'latency=60ms');
    const startedAt = performance.now();
    await fetch(url);
    expect(performance.now() - startedAt).toBeGreaterThan(55);
    sandbox.faults.clear('sandboxregistry');
    expect(await sandbox.events.find({ kind: 'fault', where: ({ facts }) => facts.latencyMs === 60 })).toBeDefined();
  });

  test.each(['latency=soon', 'status=99', 'drop=110%', 'slow=fast', 'route=/v2/*', 'noise=1'])('%s is none', (text) => {
    expect(() => sandbox.faults.set('sandboxregistry', text)).toThrow(
      expect.objectContaining({ code: 'SANDBOX_FAULT_INVALID' }),
    );
  });

  test('paused, a service answers once it is unpaused', async () => {
    sandbox.services.pause('sandboxregistry');
    let isAnswered = false;
    const answer = fetch(url).then(({ status }) => {
      isAnswered = true;
      return status;
    });
    await fetch(`${sandbox.url('notaryserver')}/v2/`).catch(() => undefined); // time for it, were it to answer
    expect(isAnswered).toBe(false);
    sandbox.services.unpause('sandboxregistry');
    expect(await answer).toBe(200);
  });
});

describe('time', () => {
  test('moves for servers and clients alike: what has run out is refused, and can be signed again', async () => {
    await using sandbox = await startSandbox();
    await sandbox.sign('app:1', app);
    const pull = () => sandbox.docker('pull', REFERENCE, { trust: true });
    expect(await pull()).toMatchObject({ status: 0 });
    await sandbox.clock.set('+4y');
    expect(await pull()).toMatchObject({ status: 1, stderr: expect.stringMatching(/expired/) });
    await sandbox.clock.reset();
    expect(await pull()).toMatchObject({ status: 0 });
    expect(sandbox.clock.now().getTime()).toBeLessThan(Date.now() + 1000);
  });

  test('may begin elsewhere, and certificates hold all the same', async () => {
    await using sandbox = await startSandbox({ time: new Date('2045-06-01T00:00:00Z') });
    const signed = await sandbox.sign('app:1', app);
    expect(await sandbox.docker('pull', signed.reference, { trust: true })).toMatchObject({ status: 0 });
    expect((await sandbox.exec('sandboxregistry', 'cat', '/.trustsandbox/clock/offset')).stdout).toMatch(/^\d{11,}\n$/);
  });
});

describe('a snapshot', () => {
  test('puts images, trust data, keys and the time back, under shells that stay', async () => {
    await using sandbox = await startSandbox();
    await sandbox.sign('app:1', app);
    const other = await image({ layers: [{ other: 'x' }] });
    await sandbox.snapshots.save('before');
    await sandbox.sign('app:1', other);
    await sandbox.sign('new:1', other);
    await sandbox.clock.set('+1y');
    expect(await sandbox.lookUp('app:1')).toBe(other.digest);
    await sandbox.snapshots.restore('before');
    expect(await sandbox.lookUp('app:1')).toBe(app.digest);
    await expect(sandbox.lookUp('new:1')).rejects.toMatchObject({ code: 'TRUST_NOT_FOUND' });
    expect(sandbox.record.clockOffsetMs).toBe(0);
    expect(await sandbox.docker('pull', REFERENCE, { trust: true })).toMatchObject({
      status: 0,
      stdout: expect.stringContaining(app.digest),
    });
    await sandbox.sign('app:2', other); // the keys are those of then, and work
    expect((await sandbox.snapshots.list()).map(({ name }) => name)).toEqual(['before']);
    await expect(sandbox.snapshots.save('before')).rejects.toMatchObject({ code: 'SANDBOX_SNAPSHOT_EXISTS' });
    await sandbox.snapshots.delete('before');
    await expect(sandbox.snapshots.restore('before')).rejects.toMatchObject({ code: 'SANDBOX_SNAPSHOT_UNKNOWN' });
  });

  test('is one instant while others publish: each repository in it is whole', async () => {
    await using sandbox = await startSandbox();
    let isOn = true;
    const publishing = [0, 1, 2].map(async (worker) => {
      let count = 0;
      for (; isOn; count += 1) await sandbox.sign(`r${worker}:t${count}`, app);
      return count;
    });
    for (const name of ['a', 'b', 'c']) {
      const before = sandbox.events.list().at(-1)?.number ?? 0;
      await sandbox.events.find({ kind: 'push', where: ({ number }) => number > before + 20 });
      expect(await sandbox.snapshots.save(name)).toMatchObject({ isQuiet: true });
    }
    isOn = false;
    const counts = await Promise.all(publishing);
    expect(Math.min(...counts)).toBeGreaterThan(0);
    for (const name of ['a', 'b', 'c']) {
      await sandbox.snapshots.restore(name);
      for (const worker of [0, 1, 2]) {
        const tags = await tagsOf(sandbox, `r${worker}`).catch(() => []);
        for (const tag of tags.slice(0, -1)) expect(await sandbox.lookUp(`r${worker}:${tag}`)).toBe(app.digest);
      }
    }
  });
});

test('twenty sandboxes run at once in one process, each apart, and nothing is left of them', async () => {
  const sandboxes = await Promise.all(Array.from({ length: 20 }, () => startSandbox()));
  const folders = sandboxes.map(({ stateFolder }) => stateFolder);
  const digests = await Promise.all(
    sandboxes.map(async (sandbox, index) => {
      const own = await image({ layers: [{ n: String(index) }] });
      await sandbox.sign('app:1', own);
      return own.digest;
    }),
  );
  expect(await Promise.all(sandboxes.map((sandbox) => sandbox.lookUp('app:1')))).toEqual(digests);
  await Promise.all(sandboxes.map((sandbox) => sandbox[Symbol.asyncDispose]()));
  expect(folders.filter((folder) => existsSync(folder))).toEqual([]);
  expect((await readdir(tmpdir())).filter((name) => name.startsWith(`tsbx-${process.pid}-`))).toEqual([]);
});

test('state that is given stays, and is taken up again', async () => {
  const stateFolder = await mkdtemp(join(tmpdir(), 'kept-'));
  const request = { stateFolder, name: 'kept', passphrase: 'a passphrase' };
  {
    await using first = await startSandbox(request);
    await first.sign('app:1', app);
    await expect(startSandbox(request)).rejects.toMatchObject({ code: 'SANDBOX_PROJECT_BUSY' });
  }
  {
    await using second = await startSandbox(request);
    expect(await second.lookUp('app:1')).toBe(app.digest);
  }
  await rm(stateFolder, { recursive: true });
});

test('what is not there is said, with what is', async () => {
  await using sandbox = await startSandbox({ compose: 'services:\n  store:\n    image: registry:2\n' });
  await sandbox.push('a:1', app);
  await expect(sandbox.sign('a:1', app)).rejects.toMatchObject({
    code: 'TESTING_SERVICE_MISSING',
    message: 'this sandbox has no notary-server: store (registry)',
  });
});

const TWO_SIDES = `
services:
  hub: { image: "registry:2", ports: ["5000"] }
  other: { image: "registry:2", environment: { REGISTRY_PROXY_REMOTEURL: "http://hub:5000" } }
  trust: { image: "notary:server", labels: { greeting: "\${GREETING:-none}" } }
  alice: { image: docker }
  bob: { image: docker, profiles: [late] }
`;

test('several registries and clients, each by name: keys of one are not those of another', async () => {
  await using sandbox = await startSandbox({ compose: TWO_SIDES, profiles: ['late'] });
  const signed = await sandbox.sign('hub:5000/app:1', app);
  expect(signed.reference).toBe('hub:5000/app:1');
  const mirrored = await sandbox.registry('other');
  expect(await mirrored.headManifest(parseRepositoryName('app'), app.digest)).toMatchObject({ digest: app.digest });
  const pull = (client: string) => sandbox.docker('pull', signed.reference, { trust: true, client });
  expect(await pull('bob')).toMatchObject({ status: 0 });
  const push = async (client: string) => {
    await sandbox.docker('tag', 'hub:5000/app:1', `hub:5000/app:${client}`, { client });
    return sandbox.docker('push', `hub:5000/app:${client}`, { trust: true, client });
  };
  await pull('alice');
  expect(await push('alice')).toMatchObject({ status: 0 });
  expect(await push('bob')).toMatchObject({
    status: 1,
    stderr: expect.stringContaining('could not find necessary signing keys'),
  });
  const [published] = sandbox.record.services.find(({ name }) => name === 'hub')?.published ?? [];
  expect((await fetch(`http://127.0.0.1:${published?.published}/v2/`)).status).toBe(200);
  await expect(startSandbox({ compose: 'services: { web: { image: nginx } }' })).rejects.toMatchObject({
    code: 'SANDBOX_COMPOSE_FILE',
  });
});

test('a restore that was cut short is done again at the next start', async () => {
  const stateFolder = await mkdtemp(join(tmpdir(), 'cut-'));
  const request = { stateFolder, name: 'cut', passphrase: 'a passphrase' };
  {
    await using first = await startSandbox(request);
    await first.sign('app:1', app);
    await first.snapshots.save('good');
    await first.sign('app:1', await image({ layers: [{ later: '1' }] }));
  }
  const services = join(stateFolder, 'cut/services');
  await rm(join(services, 'sandboxregistry'), { recursive: true }); // it got so far
  await writeFile(join(stateFolder, 'cut/restoring'), 'good');
  {
    await using second = await startSandbox(request);
    expect(await second.lookUp('app:1')).toBe(app.digest);
    expect(await second.docker('pull', REFERENCE, { trust: true })).toMatchObject({ status: 0 });
    expect(existsSync(join(stateFolder, 'cut/restoring'))).toBe(false);
  }
  await rm(stateFolder, { recursive: true });
});
