import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type OwnSandbox, openOwnSandbox } from '../sandbox/own-sandbox.ts';
import { clientHome, type Engine, playPageInPipes } from '../sandbox/page-in-pipes.ts';
import { startDockerd } from './peers/dockerd.ts';
import { createWorkspace } from './peers/workspace.ts';

/** (a) and (c): the real programs play the page; what they print is held against their recordings. */
const docker = execFileSync('sh', ['-c', 'command -v docker'], { encoding: 'utf8' }).trim();

test('the docker CLI is one that still enforces trust', () => {
  expect(execFileSync(docker, ['--version'], { encoding: 'utf8' })).toMatch(/version 28\./);
});

test('the real docker CLI plays the page on our Engine, registry and Notary server', async () => {
  await using sandbox = await openOwnSandbox('page');
  await playPageInPipes(sandbox, docker);
});

test('the real docker CLI and dockerd play the page on our registry and Notary server', {
  timeout: 300_000,
}, async () => {
  await using sandbox = await openOwnSandbox('page');
  await playPageInPipes(sandbox, docker, () => openDockerd(sandbox));
});

/** dockerd with its socket in the client's home, so that it is there in the box, and the names of the sandbox. */
async function openDockerd(sandbox: OwnSandbox): Promise<Engine> {
  const { stdout } = await sandbox.run(['exec', 'trustsandbox', 'cat', '/etc/hosts']);
  const hosts = Object.fromEntries(
    stdout.split('\n').flatMap((line) => {
      const [address = '', ...names] = line.split(/\s+/);
      return names.map((name) => [name, address]);
    }),
  );
  const workspace = await createWorkspace();
  const socket = 'docker.sock';
  const seen = {
    ...workspace,
    at: (...names: string[]) => (names[0] === socket ? join(clientHome(sandbox.env), socket) : workspace.at(...names)),
  };
  const dockerd = await startDockerd(seen, { insecureRegistries: ['sandboxregistry:5000'], hosts });
  return {
    host: `unix:///root/${socket}`,
    skipsStates: true,
    async [Symbol.asyncDispose]() {
      await dockerd[Symbol.asyncDispose]();
      await workspace[Symbol.asyncDispose]();
    },
  };
}
