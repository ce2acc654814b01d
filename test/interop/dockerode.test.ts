import { createReadStream, createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import Dockerode from 'dockerode';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type OwnSandbox, openOwnSandbox } from '../sandbox/own-sandbox.ts';

/** dockerode, from npm, on the Engine of a sandbox: what its users call, as they call it. */
const ARCHIVE = join(import.meta.dirname, '../golden/recordings/images/trusttest.tar');
const IMAGE = 'docker/trusttest:latest';
const R = 'sandboxregistry:5000/test/rode';
let sandbox: OwnSandbox;
let docker: Dockerode;

beforeAll(async () => {
  sandbox = await openOwnSandbox('page');
  expect(await sandbox.run(['up'])).toMatchObject({ status: 0 });
  const { stdout } = await sandbox.run(['env']);
  const socketPath = /^export DOCKER_HOST='unix:\/\/(.*)'$/m.exec(stdout)?.[1] ?? '';
  docker = new Dockerode({ socketPath });
});
afterAll(() => sandbox[Symbol.asyncDispose]());

interface Progress {
  readonly id?: string;
  readonly status?: string;
  readonly stream?: string;
  readonly aux?: { readonly Digest?: string };
}

/** All that a stream tells. @throws it ends in an error */
function follow(stream: NodeJS.ReadableStream): Promise<Progress[]> {
  return new Promise((resolve, reject) => {
    docker.modem.followProgress(stream, (problem, output) => (problem ? reject(problem) : resolve(output)));
  });
}

async function textOf(stream: NodeJS.ReadableStream): Promise<string> {
  let text = '';
  for await (const chunk of stream) text += chunk.toString();
  return text;
}

describe('the system', () => {
  test('answers ping, version, info, df and auth', async () => {
    expect(String(await docker.ping())).toBe('OK');
    expect(await docker.version()).toMatchObject({ ApiVersion: '1.51', Os: 'linux' });
    expect(await docker.info()).toMatchObject({ OSType: 'linux', Containers: 3, ContainersRunning: 3 });
    expect(await docker.df()).toMatchObject({ Images: expect.any(Array), Volumes: [{ Name: 'page_notarycerts' }] });
    await expect(
      docker.checkAuth({ username: 'a', password: 'b', serveraddress: '127.0.0.1:9' }),
    ).rejects.toMatchObject({
      statusCode: 500,
    });
  });

  test('tells of events as they happen', async () => {
    const events = await docker.getEvents({ filters: { type: ['image'] } });
    const first = new Promise<string>((resolve) => events.once('data', (chunk: Buffer) => resolve(chunk.toString())));
    await follow(await docker.loadImage(ARCHIVE));
    expect(JSON.parse(await first)).toMatchObject({ Type: 'image', Action: 'load', scope: 'local' });
    (events as unknown as PassThrough).destroy();
  });
});

describe('images', () => {
  test('are loaded, listed, inspected and tagged', async () => {
    expect(await follow(await docker.loadImage(createReadStream(ARCHIVE), { quiet: true }))).toEqual([
      { stream: `Loaded image: ${IMAGE}\n` },
    ]);
    expect(await docker.listImages({ filters: { reference: ['docker/*'] } })).toMatchObject([{ RepoTags: [IMAGE] }]);
    const image = docker.getImage(IMAGE);
    expect(await image.inspect()).toMatchObject({ RepoTags: [IMAGE], Os: 'linux', RootFS: { Type: 'layers' } });
    expect(await image.history()).toHaveLength(2);
    await image.tag({ repo: R, tag: '1' });
    expect(await docker.getImage(`${R}:1`).inspect()).toMatchObject({ RepoTags: [IMAGE, `${R}:1`] });
  });

  test('are pushed, with one record of what was pushed, and pulled with progress', async () => {
    const pushed = await follow(await docker.getImage(`${R}:1`).push({ authconfig: {} }));
    const records = pushed.flatMap(({ aux }) => aux ?? []);
    expect(records).toMatchObject([{ Tag: '1', Digest: expect.stringMatching(/^sha256:/) }]);
    const digest = records[0]?.Digest ?? '';
    await docker.getImage(`${R}:1`).remove({ force: true });
    await docker.getImage(IMAGE).remove({ force: true });
    const pulled = await follow(await docker.pull(`${R}:1`));
    const told = pulled.map(({ status }) => status);
    expect(told[0]).toBe('Pulling from test/rode');
    expect(told.at(-1)).toBe(`Status: Downloaded newer image for ${R}:1`);
    expect(told).toContain(`Digest: ${digest}`);
    expect(told.filter((status) => status === 'Pull complete')).toHaveLength(2);
    expect(await docker.getImage(`${R}:1`).distribution()).toMatchObject({ Descriptor: { digest } });
    await expect(docker.pull(`${R}:nosuch`)).rejects.toMatchObject({ statusCode: 404 });
  });

  test('are saved, removed, loaded again and imported', async () => {
    const saved = join(sandbox.folder, 'saved.tar');
    await pipeline(await docker.getImage(`${R}:1`).get(), createWriteStream(saved));
    expect(await docker.getImage(`${R}:1`).remove()).toContainEqual({ Untagged: `${R}:1` });
    expect(await follow(await docker.loadImage(saved))).toContainEqual({ stream: `Loaded image: ${R}:1\n` });
    const imported = await follow(
      await docker.importImage(createReadStream(saved), { repo: 'rode/imported', tag: '1' }),
    );
    expect(imported).toEqual([{ status: expect.stringMatching(/^sha256:/) }]);
    expect(await docker.listImages({ filters: { reference: ['rode/imported:1'] } })).toHaveLength(1);
    expect(await docker.pruneImages({ filters: { dangling: ['false'] } })).toMatchObject({
      SpaceReclaimed: expect.any(Number),
      ImagesDeleted: expect.arrayContaining([{ Untagged: 'rode/imported:1' }]),
    });
    expect(await docker.listImages()).toEqual([]);
    await expect(docker.getImage('nosuch').inspect()).rejects.toMatchObject({
      statusCode: 404,
      json: { message: 'no such image: nosuch: No such image: nosuch:latest' },
    });
  });
});

describe('containers', () => {
  test('are listed, inspected, and their processes shown', async () => {
    const containers = await docker.listContainers({ filters: { name: ['sandboxregistry'] } });
    expect(containers).toMatchObject([{ Names: ['/sandboxregistry'], State: 'running' }]);
    const container = docker.getContainer('sandboxregistry');
    expect(await container.inspect()).toMatchObject({ Name: '/sandboxregistry', State: { Running: true } });
    expect(await container.top()).toMatchObject({ Titles: expect.arrayContaining(['PID']) });
    expect(await docker.listNetworks()).toMatchObject([{ Name: 'page_sandbox' }]);
    expect((await docker.listVolumes()).Volumes).toMatchObject([{ Name: 'page_notarycerts' }]);
  });

  test('run commands over a connection given over, outputs apart', async () => {
    const exec = await docker.getContainer('sandboxregistry').exec({
      Cmd: ['sh', '-c', 'cat; echo wrong >&2; exit 7'],
      AttachStdin: true,
      AttachStdout: true,
      AttachStderr: true,
    });
    const stream = await exec.start({ hijack: true, stdin: true });
    const [out, err] = [new PassThrough(), new PassThrough()];
    docker.modem.demuxStream(stream, out, err);
    const ended = new Promise((resolve) => stream.once('end', resolve));
    stream.end('typed\n');
    await ended;
    out.end();
    err.end();
    expect([await textOf(out), await textOf(err)]).toEqual(['typed\n', 'wrong\n']);
    expect(await exec.inspect()).toMatchObject({ Running: false, ExitCode: 7 });
  });

  test('run commands without one', async () => {
    const exec = await docker
      .getContainer('sandboxregistry')
      .exec({ Cmd: ['echo', 'hi'], AttachStdout: true, Tty: true });
    expect(await textOf(await exec.start({ Tty: true }))).toBe('hi\r\n');
  });

  test('give their logs, and go on giving them', async () => {
    const container = docker.getContainer('sandboxregistry');
    const past = await container.logs({ stdout: true, stderr: true });
    expect(past.toString()).toContain('service started');
    const stream = await container.logs({ follow: true, stdout: true, stderr: true, tail: 0 });
    const out = new PassThrough();
    docker.modem.demuxStream(stream, out, out);
    const said = new Promise<string>((resolve) => out.once('data', (chunk: Buffer) => resolve(chunk.toString())));
    const [port] = (await container.inspect()).NetworkSettings.Ports['5000/tcp'] ?? [];
    await fetch(`http://${port?.HostIp}:${port?.HostPort}/v2/`);
    expect(await said).toContain('path=/v2/');
    (stream as unknown as PassThrough).destroy();
  });

  test('are stopped, started, waited for and killed', async () => {
    const container = docker.getContainer('sandboxregistry');
    const waiting = container.wait();
    await container.stop();
    expect(await waiting).toEqual({ StatusCode: 0 });
    await expect(container.stop()).rejects.toMatchObject({ statusCode: 304 });
    await container.start();
    await container.kill();
    await container.start();
    await expect(docker.createContainer({ Image: IMAGE })).rejects.toMatchObject({ statusCode: 501 });
    await expect(docker.getContainer('nosuch').inspect()).rejects.toMatchObject({ statusCode: 404 });
  });
});
