import { execFileSync } from 'node:child_process';
import { Agent, request } from 'node:https';
import { NotaryClient } from '../../src/notary/client/index.ts';
import { parseGun, type RoleName } from '../../src/tuf/index.ts';
import { newRepository, newTarget, signRoot, signTargets } from '../tuf-repository.ts';
import type { Load } from './load.ts';
import { CORES, type RunningServer } from './servers.ts';

/** Collections that are published to at the same time, and the tags that each has. */
const COLLECTIONS = 16;
const TARGETS = 10;
const BOUNDARY = 'bench';

/** The request bodies that bring one collection from version to version. */
interface Series {
  readonly path: string;
  readonly bodies: readonly Buffer[];
}

/** Makes a collection at the server, and signs `count` updates to it, each with one new tag. */
async function prepareSeries(client: NotaryClient, name: string, count: number): Promise<Series> {
  const gun = parseGun(name);
  const [timestamp, snapshot] = [await client.getKey(gun, 'timestamp'), await client.getKey(gun, 'snapshot')];
  const repository = newRepository(name, { timestamp, snapshot });
  const targetsOf = async (version: number): Promise<Buffer> => {
    const tags = Array.from({ length: TARGETS }, (_, i) => `v${version + i}`);
    const targets = new Map(tags.map((tag) => [tag, newTarget(tag)] as const));
    return (await signTargets(repository, { version, targets })).bytes;
  };
  const first: [string, Buffer][] = [
    ['root', (await signRoot(repository)).bytes],
    ['targets', await targetsOf(1)],
  ];
  await client.publish(gun, new Map(first as [RoleName, Buffer][]));
  const bodies: Buffer[] = [];
  for (let version = 2; version < count + 2; version += 1) {
    const head = `--${BOUNDARY}\r\ncontent-disposition: form-data; name="files"; filename="targets"\r\n\r\n`;
    bodies.push(Buffer.concat([Buffer.from(head), await targetsOf(version), Buffer.from(`\r\n--${BOUNDARY}--\r\n`)]));
  }
  return { path: `/v2/${name}/_trust/tuf/`, bodies };
}

/** Makes one collection, to be read. */
export async function publishOne(server: RunningServer, name: string, ca: string): Promise<void> {
  using client = new NotaryClient({ url: server.url, ca });
  await prepareSeries(client, name, 0);
}

/** Publishes `count` updates, to collections of this round alone; each collection's one after another, over its own connection. */
export async function loadPublish(server: RunningServer, round: number, count: number, ca: string): Promise<Load> {
  execFileSync('taskset', ['-acp', CORES.load, String(process.pid)]);
  using client = new NotaryClient({ url: server.url, ca });
  const each = Math.ceil(count / COLLECTIONS);
  const names = Array.from({ length: COLLECTIONS }, (_, i) => `bench.example/r${round}-${Date.now()}/app${i}`);
  const series = await Promise.all(names.map((name) => prepareSeries(client, name, each)));
  const [before, began] = [server.processorSeconds(), performance.now()];
  await Promise.all(series.map((one) => send(server.url, one, ca)));
  const seconds = (performance.now() - began) / 1000;
  const sent = each * COLLECTIONS;
  return {
    requestsPerSecond: sent / seconds,
    processorMicros: ((server.processorSeconds() - before) * 1e6) / sent,
  };
}

async function send(url: string, { path, bodies }: Series, ca: string): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1, ca });
  for (const body of bodies) await post(`${url}${path}`, body, agent);
  agent.destroy();
}

/** @throws when it is not accepted */
function post(url: string, body: Buffer, agent: Agent): Promise<void> {
  const headers = { 'content-type': `multipart/form-data; boundary=${BOUNDARY}`, 'content-length': body.length };
  return new Promise((resolve, reject) => {
    const sending = request(url, { method: 'POST', agent, headers }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part)).on('error', reject);
      response.on('end', () => {
        if (response.statusCode === 200) resolve();
        else reject(new Error(`${url} answered ${response.statusCode}: ${Buffer.concat(parts)}`));
      });
    });
    sending.on('error', reject).end(body);
  });
}
