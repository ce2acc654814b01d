import { execFile } from 'node:child_process';
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { systemClock } from '../../src/core/index.ts';
import { createCertificateAuthority, issueServerCertificate } from '../../src/pki/index.ts';
import { startDockerRegistry } from '../interop/peers/docker-registry.ts';
import { startDockerd } from '../interop/peers/dockerd.ts';
import { pageHosts, startNotaryServer } from '../interop/peers/notary-server.ts';
import { createWorkspace } from '../interop/peers/workspace.ts';
import { writeImages } from './archives.ts';
import type { Bench } from './main.ts';
import { ourCommand } from './servers.ts';
import { median, type Pair, type Row } from './table.ts';

const [LAYERS, LAYER_BYTES] = [4, 50_000_000];
const WANTED = 0.25;
const IMAGES = 1000;
const TRUST = {
  DOCKER_CONTENT_TRUST: '1',
  DOCKER_CONTENT_TRUST_SERVER: 'https://notaryserver:4443',
  DOCKER_CONTENT_TRUST_ROOT_PASSPHRASE: 'sandbox-passphrase',
  DOCKER_CONTENT_TRUST_REPOSITORY_PASSPHRASE: 'sandbox-passphrase',
};

/** One side: runs docker's commands, in turn, and says how long they took. */
interface Side extends AsyncDisposable {
  /** Seconds of one command, without content trust unless told. @throws it fails */
  run(command: string, trust?: boolean): Promise<number>;
}

/** What layers are made of: what nothing can be gained of, as in the first measurements, and half of it text. */
const KINDS = [
  ['random', 0],
  ['half text', 0.5],
] as const;

/** A signed push and a trusted pull of 200 MB in 4 layers: docker, dockerd, docker-registry and notary-server, and ours. */
export async function measureSignedImage({ folder, rounds, say }: Bench): Promise<Row[]> {
  await using ours = await startOurs(folder, 'signed');
  await using peer = await startPeers();
  const rows: Row[] = [];
  for (const [kind, text] of KINDS) {
    const pairs: Pair[] = [];
    for (let round = 0; round <= rounds; round += 1) {
      const name = `sandboxregistry:5000/bench/${kind.replace(' ', '-')}${round}:1`;
      const archive = join(folder, 'image.tar');
      await writeImages(archive, { names: [name], layers: LAYERS, layerBytes: LAYER_BYTES, text });
      const [a, b] = [await pushAndPull(ours, archive, name), await pushAndPull(peer, archive, name)];
      const pair = { ours: a.push + a.pull, peer: b.push + b.pull };
      say(
        `${kind}: signed push ${a.push.toFixed(2)} s to ${b.push.toFixed(2)} s, trusted pull ${a.pull.toFixed(2)} s to ` +
          `${b.pull.toFixed(2)} s: ${(pair.ours / pair.peer).toFixed(3)}`,
      );
      if (round > 0) pairs.push(pair); // the first is to warm up
    }
    rows.push(row(`signed push and trusted pull, 200 MB, 4 layers, ${kind}`, pairs));
  }
  return rows;
}

async function pushAndPull(side: Side, archive: string, name: string): Promise<{ push: number; pull: number }> {
  await side.run(`load -q -i ${archive}`);
  const push = await side.run(`push ${name}`, true);
  await side.run(`rmi -f ${name}`);
  await side.run('image prune -af');
  const pull = await side.run(`pull ${name}`, true);
  await side.run('image prune -af');
  return { push, pull };
}

function row(what: string, pairs: readonly Pair[], wanted = WANTED): Row {
  const ratio = median(pairs.map(({ ours, peer }) => ours / peer));
  const [ours, peer] = [median(pairs.map((pair) => pair.ours)), median(pairs.map((pair) => pair.peer))];
  return { what, unit: 's', ours, peer, ratio, wanted: `<= ${wanted}`, isReached: ratio <= wanted };
}

/** `images` with 1,000 images of one small layer each, whole commands: ours on our Engine, docker on dockerd. */
export async function measureImageList({ folder, rounds, say }: Bench): Promise<Row[]> {
  await using ours = await startOurs(folder, 'list');
  await using peer = await startPeers();
  const archive = join(folder, 'images.tar');
  const names = Array.from({ length: IMAGES }, (_, i) => `bench/list:${i}`);
  await writeImages(archive, { names, layers: 1, layerBytes: 1000, text: 0 });
  for (const side of [ours, peer]) await side.run(`load -q -i ${archive}`);
  const pairs: Pair[] = [];
  for (let round = 0; round <= rounds * 2; round += 1) {
    const pair = { ours: await ours.run('images'), peer: await peer.run('images') };
    say(`images: ${(pair.ours * 1000).toFixed()} ms to ${(pair.peer * 1000).toFixed()} ms`);
    if (round > 0) pairs.push(pair);
  }
  const { ours: seconds, peer: theirs, ...rest } = row(`images, ${IMAGES} of them`, pairs, 1);
  return [{ ...rest, unit: 'ms', ours: seconds * 1000, peer: (theirs ?? 0) * 1000 }];
}

/** Our side: one process has all servers. */
export interface OurSide extends Side {
  /** How long `up` took, in milliseconds. */
  readonly upMs: number;
  readonly pid: number;
  output(command: string): Promise<{ readonly stdout: string }>;
}

/** Our own sandbox of the page, and our `docker` in its environment. */
export async function startOurs(folder: string, name: string): Promise<OurSide> {
  const project = join(folder, name);
  await mkdir(project);
  await copyFile(join(process.cwd(), 'docs/page/compose.yaml'), join(project, 'compose.yaml'));
  const state = join(folder, `state-${name}`);
  const env = { PATH: process.env.PATH, HOME: folder, TRUSTSANDBOX_HOME: state };
  const [file = '', ...before] = ourCommand();
  const run = (args: readonly string[], more: Readonly<Record<string, string>> = {}) =>
    promisify(execFile)(file, [...before, ...args], { cwd: project, env: { ...env, ...more }, maxBuffer: 1 << 26 });
  const began = performance.now();
  await run(['compose', 'up', '-d']);
  const upMs = performance.now() - began;
  const { stdout: inspected } = await run(['container', 'inspect', '-f', '{{.State.Pid}}', 'trustsandbox']);
  return {
    upMs,
    pid: Number(inspected),
    output: (command) => run(command.split(' ')),
    async run(command, trust = false) {
      const began = performance.now();
      await run(command.split(' '), trust ? TRUST : {});
      return (performance.now() - began) / 1000;
    },
    [Symbol.asyncDispose]: async () => void (await run(['compose', 'down', '-v'])),
  };
}

/** Debian's docker-registry, notary-server and dockerd, and the docker command on the machine. */
async function startPeers(): Promise<Side> {
  const started: AsyncDisposable[] = [];
  const stop = async (): Promise<void> => {
    for (const one of started.reverse()) await one[Symbol.asyncDispose]();
  };
  try {
    return { run: await startPeersIn(started), [Symbol.asyncDispose]: stop };
  } catch (thrown) {
    await stop();
    throw thrown;
  }
}

async function startPeersIn(started: AsyncDisposable[]): Promise<Side['run']> {
  const use = <T extends AsyncDisposable>(one: T): T => {
    started.push(one);
    return one;
  };
  const workspace = use(await createWorkspace());
  const [registry, notary] = ['127.71.8.3', '127.71.8.4'] as const;
  const hosts = pageHosts(registry, notary);
  const ca = createCertificateAuthority({ clock: systemClock });
  const tls = issueServerCertificate({ ca, dnsNames: ['notaryserver'], ipAddresses: [notary], clock: systemClock });
  await mkdir(workspace.at('registry'));
  use(await startDockerRegistry(workspace, workspace.at('registry'), { host: registry, port: 5000 }));
  use(await startNotaryServer(workspace, { host: notary, port: 4443 }, { ...tls, ca: ca.cert }));
  const dockerd = use(await startDockerd(workspace, { insecureRegistries: ['sandboxregistry:5000'], hosts }));
  const trusted = workspace.at('docker-config', 'tls', 'notaryserver:4443');
  await mkdir(trusted, { recursive: true });
  await writeFile(join(trusted, 'ca.crt'), ca.cert);
  return async (command, trust = false) => {
    const began = performance.now();
    // names of its own cost a process more: only where they are needed
    const { status, stderr } = await dockerd.docker(command.split(' '), trust ? { env: TRUST } : { hosts: {} });
    if (status !== 0) throw new Error(`docker ${command}: ${stderr}`);
    return (performance.now() - began) / 1000;
  };
}
