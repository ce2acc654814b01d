import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { systemClock } from '../../src/core/index.ts';
import { createCertificateAuthority, issueServerCertificate } from '../../src/pki/index.ts';
import { startDockerRegistry } from './peers/docker-registry.ts';
import { startDockerd } from './peers/dockerd.ts';
import { pageHosts, startNotaryServer } from './peers/notary-server.ts';
import { type Outcome, run } from './peers/run.ts';
import { createWorkspace } from './peers/workspace.ts';

const [REGISTRY, NOTARY] = ['127.71.5.1', '127.71.5.2'];
const REPOSITORY = 'sandboxregistry:5000/test/turns';
const OURS = join(import.meta.dirname, '../../bin/trustsandbox.cjs');
const IMAGES = join(import.meta.dirname, '../golden/recordings/images');
const trust = {
  DOCKER_CONTENT_TRUST: '1',
  DOCKER_CONTENT_TRUST_SERVER: 'https://notaryserver:4443',
  DOCKER_CONTENT_TRUST_ROOT_PASSPHRASE: 'sandbox-passphrase',
  DOCKER_CONTENT_TRUST_REPOSITORY_PASSPHRASE: 'sandbox-passphrase',
};

/** What it printed; with everything it said when it failed. */
function checked({ command, status, stdout, stderr }: Outcome): string {
  expect(status, `${command}\n${stdout}${stderr}`).toBe(0);
  return stdout;
}

/** Digests and sizes differ with who compressed the layers; what differs from run to run is left out. */
function lines({ stdout }: Outcome): string[] {
  const isProgress = /^[0-9a-f]{12}: /;
  return stdout.split('\n').filter((line) => line !== '' && !isProgress.test(line));
}

test('docker and we sign and pull in turn: one dockerd, one trust directory, real registry and real notary', async () => {
  await using workspace = await createWorkspace();
  const hosts = pageHosts(REGISTRY, NOTARY);
  const ca = createCertificateAuthority({ clock: systemClock });
  const tls = issueServerCertificate({ ca, dnsNames: ['notaryserver'], ipAddresses: [NOTARY], clock: systemClock });
  const registryRoot = workspace.at('registry');
  await mkdir(registryRoot);
  await using _registry = await startDockerRegistry(workspace, registryRoot, { host: REGISTRY, port: 5000 });
  await using _notary = await startNotaryServer(workspace, { host: NOTARY, port: 4443 }, { ...tls, ca: ca.cert });
  await using dockerd = await startDockerd(workspace, { insecureRegistries: ['sandboxregistry:5000'], hosts });
  const config = workspace.at('docker-config');
  await mkdir(join(config, 'tls', 'notaryserver:4443'), { recursive: true });
  await writeFile(join(config, 'tls', 'notaryserver:4443', 'ca.crt'), ca.cert);

  const theirs = (command: string) => dockerd.docker(command.split(' '), { env: trust });
  const ours = (command: string) => {
    const env = {
      ...trust,
      HOME: workspace.path,
      DOCKER_CONFIG: config,
      DOCKER_HOST: dockerd.host,
      TRUSTSANDBOX_PROGRAM: 'docker',
    };
    return run(process.execPath, [OURS, ...command.split(' ')], { hosts, env });
  };
  for (const [archive, tag] of [
    ['trusttest.tar', 'latest'],
    ['trusttest2.tar', 'v2'],
  ] as const) {
    checked(await ours(`load -i ${join(IMAGES, archive)}`));
    const name = tag === 'latest' ? 'docker/trusttest:latest' : 'docker/trusttest:v2';
    checked(await ours(`tag ${name} ${REPOSITORY}:${tag}`));
  }

  // docker initialises, we go on with its keys; and each pulls what the other signed.
  expect(checked(await theirs(`push ${REPOSITORY}:latest`))).toContain('Finished initializing');
  expect(checked(await ours(`push ${REPOSITORY}:v2`))).toContain(`Successfully signed ${REPOSITORY}:v2`);
  const [theirPull, ourPull] = [await theirs(`pull ${REPOSITORY}:v2`), await ours(`pull ${REPOSITORY}:latest`)];
  for (const pulled of [theirPull, ourPull]) checked(pulled);
  expect(lines(await ours(`pull ${REPOSITORY}:v2`))).toEqual(lines(theirPull));
  expect(lines(await theirs(`pull ${REPOSITORY}:latest`))).toEqual(lines(ourPull));
  const ofAllTags = (outcome: Outcome): string[] =>
    lines(outcome)
      .map((line) => line.replace(/\d of 2/, 'N of 2'))
      .sort();
  const [theirAll, ourAll] = [await theirs(`pull -a ${REPOSITORY}`), await ours(`pull -a ${REPOSITORY}`)];
  expect(ofAllTags(ourAll)).toEqual(ofAllTags(theirAll)); // docker's order differs from run to run
  expect(await readdir(join(config, 'trust', 'private'))).toHaveLength(2);

  // An unsigned tag is refused by both in the same words.
  await theirs(`push --disable-content-trust ${REPOSITORY}:v2`);
  const refusals = [await ours(`pull ${REPOSITORY}:nosuch`), await theirs(`pull ${REPOSITORY}:nosuch`)];
  for (const refusal of refusals)
    expect(refusal).toMatchObject({ status: 1, stderr: 'No valid trust data for nosuch\n' });

  // A repository that we initialise is docker's to go on with.
  await ours(`tag ${REPOSITORY}:latest sandboxregistry:5000/test/ours:latest`);
  checked(await ours('push sandboxregistry:5000/test/ours:latest'));
  await theirs(`tag ${REPOSITORY}:v2 sandboxregistry:5000/test/ours:v2`);
  const pushed = checked(await theirs('push sandboxregistry:5000/test/ours:v2'));
  expect(pushed).toContain('Successfully signed sandboxregistry:5000/test/ours:v2');
  const inspect = 'trust inspect sandboxregistry:5000/test/ours';
  expect((await ours(inspect)).stdout).toBe((await theirs(inspect)).stdout);
});
