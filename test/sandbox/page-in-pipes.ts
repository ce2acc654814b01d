import { chown, copyFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { expect } from 'vitest';
import { normalPlain } from '../golden/normal-output.ts';
import { readTranscript } from '../golden/transcript.ts';
import type { OwnSandbox, Ran } from './own-sandbox.ts';

const PAGE = join(import.meta.dirname, '../../docs/page/compose.yaml');
/** The image of the recordings, and its id. */
const IMAGE = join(import.meta.dirname, '../golden/recordings/images/trusttest.tar');
const IMAGE_ID = '066f08fc7b25';
const REPOSITORY = 'sandboxregistry:5000/test/trusttest';
const BLOBS = '/var/lib/registry/docker/registry/v2/blobs/sha256';
const TRUST = ['DOCKER_CONTENT_TRUST=1', 'DOCKER_CONTENT_TRUST_SERVER=https://notaryserver:4443'];
const SECRETS = {
  DOCKER_CONTENT_TRUST_ROOT_PASSPHRASE: 'sandbox-passphrase',
  DOCKER_CONTENT_TRUST_REPOSITORY_PASSPHRASE: 'sandbox-passphrase',
};

/** An Engine that the client box shall use; `host` as DOCKER_HOST spells it, seen from inside. */
export interface Engine extends AsyncDisposable {
  readonly host: string;
  /** dockerd tells only the newest of a layer's states when they follow each other quickly: a matter of its timing. */
  readonly skipsStates: boolean;
}

const ourEngine: Engine = {
  host: 'unix:///var/run/docker.sock',
  skipsStates: false,
  async [Symbol.asyncDispose]() {},
};

const recorded = readTranscript('02-page-notty.txt');

/**
 * Plays the page without a terminal, with the program `docker` of the client box, and holds each command's output and
 * status against what the real docker 28 with dockerd, docker-registry and notary-server printed.
 */
export async function playPageInPipes(
  sandbox: OwnSandbox,
  docker: string,
  openEngine: () => Promise<Engine> = async () => ourEngine,
): Promise<void> {
  await copyFile(PAGE, join(sandbox.folder, 'compose.yaml'));
  expect(await sandbox.run(['compose', 'up', '-d'])).toMatchObject({ status: 0 });
  await using engine = await openEngine();
  const names = [`DOCKER_HOST=${engine.host}`, ...TRUST, ...Object.keys(SECRETS)].flatMap((name) => ['-e', name]);
  const call = (command: string): Promise<Ran> => {
    const script = command.replace(/^docker /, `${docker} `);
    return sandbox.run(['exec', ...names, 'trustsandbox', 'sh', '-c', script], { env: SECRETS });
  };
  const counts = new Map<string, number>();
  const expectAsRecorded = async (command: string): Promise<void> => {
    const occurrence = counts.get(command) ?? 0;
    counts.set(command, occurrence + 1);
    const found = recorded.filter((invocation) => invocation.command === command)[occurrence];
    if (!found) throw new Error(`not recorded: ${command}`);
    const isList = command.startsWith('docker image ls'); // rows of images made at the same time have no order
    const shown = (ran: Pick<Ran, 'stdout' | 'stderr' | 'status'>) => {
      const { lines, ...rest } = normal(ran, engine);
      return { ...rest, lines: isList ? [...lines].sort() : lines };
    };
    expect(shown(await call(command)), `${command}, call ${occurrence + 1}`).toEqual(shown(found));
  };

  await inClientHome(sandbox, IMAGE);
  expect(await call('docker load -i ~/trusttest.tar')).toMatchObject({ status: 0 });
  await expectAsRecorded('docker image ls');
  await expectAsRecorded(`docker tag docker/trusttest ${REPOSITORY}:latest`);
  await expectAsRecorded(`docker pull ${REPOSITORY}`);
  await expectAsRecorded(`docker push ${REPOSITORY}:latest`);
  await expectAsRecorded(`docker pull ${REPOSITORY}`);
  await expectAsRecorded('docker image ls --digests');
  await expectAsRecorded(`docker push ${REPOSITORY}:latest`);

  const inRegistry = (command: string): Promise<Ran> => sandbox.run(['exec', 'sandboxregistry', 'bash', '-c', command]);
  const listed = await inRegistry(`ls ${BLOBS}/../../repositories/test/trusttest/_layers/sha256`);
  const layers = listed.stdout
    .trim()
    .split('\n')
    .filter((hex) => !hex.startsWith(IMAGE_ID));
  const layer = layers[0] ?? '';
  expect(layers).toHaveLength(2);
  await inRegistry('cp -a /var/lib/registry ~/intact');
  await inRegistry(`cd ${BLOBS}/${layer.slice(0, 2)}/${layer} && echo "Malicious data" > data`);

  await expectAsRecorded('docker image ls | grep trusttest');
  await expectAsRecorded(`docker image rm -f ${IMAGE_ID}`);
  await expectAsRecorded(`docker pull ${REPOSITORY}`);
  expect(await sandbox.run(['compose', 'restart', 'sandboxregistry'])).toMatchObject({ status: 0 });
  await expectAsRecorded(`docker pull ${REPOSITORY}`);
  await inRegistry('cp -a ~/intact/. /var/lib/registry');
  await expectAsRecorded(`docker pull ${REPOSITORY}`);
}

/** The folder of the host that is the client's home. */
export function clientHome(env: OwnSandbox['env']): string {
  return join(env.TRUSTSANDBOX_HOME ?? '', 'page/services/trustsandbox/home');
}

/** Puts a file where the client's shell has its home. */
async function inClientHome({ env, user }: OwnSandbox, file: string): Promise<void> {
  const target = join(clientHome(env), basename(file));
  await copyFile(file, target);
  if (user) await chown(target, user.uid, user.gid);
}

function normal({ stdout, stderr, status }: Pick<Ran, 'stdout' | 'stderr' | 'status'>, { skipsStates }: Engine) {
  const { lines, layers: all } = normalPlain(stdout);
  const layers = skipsStates ? all.map((states) => [states.at(0), states.at(-1)]) : all;
  // Which layer is the altered one differs; where a refused pull got to with the others is a matter of timing.
  const states = status === 0 ? layers.map((states) => states.join()).sort() : [];
  return { status, lines, states, errors: normalPlain(stderr).lines };
}
