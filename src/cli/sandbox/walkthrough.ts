import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { styleText } from 'node:util';
import { PAGE_COMPOSE_FILE } from '../../sandbox/index.ts';
import { defineCommand, ExitError, noArguments } from '../command.ts';
import { type Io, printLine } from '../io.ts';
import { programFile } from './program-file.ts';
import { type Shown, Stage } from './walkthrough-stage.ts';

const REPOSITORY = 'sandboxregistry:5000/test/trusttest';
const REGISTRY_ROOT = '/var/lib/registry/docker/registry/v2';
/** Length of a second of the Engine's countdown here; in real use it is a second. */
const RETRY_SECOND_MS = 20;

/** What the walk-through must show, in the order it shows it. */
interface Verdicts {
  unsignedRefused: boolean;
  signedPush: boolean;
  trustedPull: boolean;
  tamperedRefused: boolean;
}

const VERDICT_TEXTS: Readonly<Record<keyof Verdicts, string>> = {
  unsignedRefused: 'unsigned refused: the pull was denied while nobody had signed',
  signedPush: 'signed push: the tag was pushed, signed and published',
  trustedPull: 'trusted pull: the tag led to the signed digest, and to nothing else',
  tamperedRefused: 'tampered refused: the altered layer never became an image',
};

/** `walkthrough`: plays the page for real, in a sandbox of its own, and leaves nothing behind. */
export const walkthrough = defineCommand({
  usage: '',
  summary: 'Play the walk-through: signed push, trusted pull, unsigned and tampered images refused',
  flags: {},
  arguments: noArguments,
  parse: () => undefined,
  async run(_, io) {
    const home = await mkdtemp(join(tmpdir(), 'trustsandbox-'));
    const stage = new Stage(io, home, programFile(), environmentOf(home, io));
    try {
      await writeFile(join(home, 'compose.yaml'), PAGE_COMPOSE_FILE);
      const verdicts = await play(stage, io);
      return conclude(verdicts, io);
    } finally {
      await stage.quietly('compose', 'down', '-v');
      await rm(home, { recursive: true, force: true });
    }
  },
});

function environmentOf(home: string, { env }: Io): Record<string, string> {
  const passphrase = randomBytes(18).toString('base64url'); // of keys that live as long as this walk-through
  return {
    PATH: env.PATH ?? '',
    HOME: home,
    TRUSTSANDBOX_HOME: join(home, 'state'),
    COMPOSE_PROJECT_NAME: 'walkthrough',
    TRUSTSANDBOX_RETRY_SECOND_MS: String(RETRY_SECOND_MS),
    DOCKER_CONTENT_TRUST_ROOT_PASSPHRASE: passphrase,
    DOCKER_CONTENT_TRUST_REPOSITORY_PASSPHRASE: passphrase,
  };
}

async function play(stage: Stage, io: Io): Promise<Verdicts> {
  stage.title('Three services, from the compose file of the page');
  succeed(await stage.host('docker compose up -d', ['compose', 'up', '-d']));

  stage.title('In the client: an image, under a name in our registry');
  succeed(await stage.client('docker pull docker/trusttest'));
  succeed(await stage.client(`docker tag docker/trusttest ${REPOSITORY}:latest`));

  stage.title('Content trust on. Nobody has signed yet, so the pull is refused');
  stage.trust = { DOCKER_CONTENT_TRUST: '1', DOCKER_CONTENT_TRUST_SERVER: 'https://notaryserver:4443' };
  stage.show('export DOCKER_CONTENT_TRUST=1');
  stage.show('export DOCKER_CONTENT_TRUST_SERVER=https://notaryserver:4443');
  const unsigned = await stage.client(`docker pull ${REPOSITORY}`);

  stage.title('A push signs (by hand, docker asks for the passphrases of two new keys here)');
  const push = await stage.client(`docker push ${REPOSITORY}:latest`);

  stage.title('The pull finds the signed digest and takes exactly that');
  const pull = await stage.client(`docker pull ${REPOSITORY}`);

  stage.title('In the registry: somebody alters a layer where it is stored');
  const layers = await stage.registry(`ls ${REGISTRY_ROOT}/repositories/test/trusttest/_layers/sha256`);
  const images = await stage.client('docker image ls --no-trunc | grep trusttest');
  const imageId = /sha256:([0-9a-f]{64})/.exec(images.stdout)?.[1] ?? '';
  const layer = layers.stdout.split('\n').find((hex) => /^[0-9a-f]{64}$/.test(hex) && hex !== imageId) ?? '';
  succeed(
    await stage.registry(
      `cd ${REGISTRY_ROOT}/blobs/sha256/${layer.slice(0, 2)}/${layer} && echo "Malicious data" > data`,
    ),
  );

  stage.title('Back in the client: the image is removed and pulled again. It must be refused');
  succeed(await stage.client(`docker image rm -f ${imageId.slice(0, 12)}`));
  stage.note(`docker tries again after 5, 10, 15, 20 and 25 seconds; here a second lasts ${RETRY_SECOND_MS} ms.`);
  const tampered = await stage.client(`docker pull ${REPOSITORY}`);
  const left = await stage.client(`docker image ls -q ${REPOSITORY}`);

  if (io.signal.aborted) throw new ExitError(130);
  return {
    unsignedRefused: unsigned.status === 1 && unsigned.stderr.includes('remote trust data does not exist'),
    signedPush: push.status === 0 && push.stdout.includes(`Successfully signed ${REPOSITORY}:latest`),
    trustedPull: pull.status === 0 && pull.stdout.includes(`Pull (1 of 1): ${REPOSITORY}:latest@sha256:`),
    tamperedRefused:
      tampered.status === 1 && /unexpected EOF|verification failed/.test(tampered.stderr) && left.stdout === '',
  };
}

function succeed({ status, command }: Shown): void {
  if (status !== 0) throw new ExitError(1, `the walk-through can't go on: "${command}" ended with status ${status}`);
}

function conclude(verdicts: Verdicts, io: Io): number {
  const paint = (format: 'green' | 'red' | 'bold', text: string): string =>
    io.stdout.isTerminal ? styleText(format, text) : text;
  printLine(io.stdout, `\n${paint('bold', 'Verdict')}`);
  const names = Object.keys(VERDICT_TEXTS) as (keyof Verdicts)[];
  for (const name of names) {
    printLine(
      io.stdout,
      verdicts[name] ? paint('green', `  ✔ ${VERDICT_TEXTS[name]}`) : paint('red', `  ✘ NOT ${VERDICT_TEXTS[name]}`),
    );
  }
  const program = join(dirname(dirname(programFile())), 'bin', 'trustsandbox.cjs');
  printLine(
    io.stdout,
    `\n${paint('bold', 'Practise by hand')}, in a folder of your own:
  alias trustsandbox='${program}'
  trustsandbox up
  trustsandbox container exec -it trustsandbox sh        # the client: docker pull, push, …
  trustsandbox container exec -it sandboxregistry bash   # the registry: its files
  trustsandbox down -v`,
  );
  return names.every((name) => verdicts[name]) ? 0 : 1;
}
