import { execFileSync } from 'node:child_process';
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type OwnSandbox, openOwnSandbox } from '../sandbox/own-sandbox.ts';

const FILE = join(import.meta.dirname, '../sandbox/compose-files/two-sides.yaml');
const hasDocker = (): boolean => {
  try {
    execFileSync('docker', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
};

const SIGNED = `
  export DOCKER_CONTENT_TRUST=1 DOCKER_CONTENT_TRUST_SERVER=https://trust:4443
  export DOCKER_CONTENT_TRUST_ROOT_PASSPHRASE=a-passphrase DOCKER_CONTENT_TRUST_REPOSITORY_PASSPHRASE=a-passphrase
  DOCKER_CONTENT_TRUST=0 docker pull -q docker/trusttest && docker tag docker/trusttest hub:5000/real:1 &&
  docker push hub:5000/real:1 && docker pull hub:5000/real:1`;

/** The real docker asks a trust server by itself, and a registry by its Engine. */
describe.skipIf(!hasDocker()).each(['namespaced', 'plain'])('the real docker in a %s box', (kind) => {
  let sandbox: OwnSandbox;
  beforeAll(async () => {
    sandbox = await openOwnSandbox('real-boxes');
    await copyFile(FILE, join(sandbox.folder, 'compose.yaml'));
    expect(await sandbox.run(['compose', 'up', '-d'])).toMatchObject({ status: 0 });
  });
  afterAll(() => sandbox[Symbol.asyncDispose]());

  const inBox = (service: string, script: string) =>
    sandbox.run(['compose', 'exec', '-T', service, 'sh', '-c', script], {
      env: { TRUSTSANDBOX_DOCKER: 'real', ...(kind === 'plain' && { TRUSTSANDBOX_BOX: 'plain' }) },
    });

  test('signs and verifies by the names of its box', async () => {
    expect(await inBox('alice', SIGNED)).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('Successfully signed hub:5000/real:1'),
    });
  });

  test('meets the faults of its box, and no others', async () => {
    await sandbox.run(['fault', 'set', 'trust', 'status=503', 'from=alice']);
    const ask = 'DOCKER_CONTENT_TRUST_SERVER=https://trust:4443 docker trust inspect hub:5000/none';
    await inBox('alice', ask);
    await inBox('bob', ask);
    const { stdout } = await sandbox.run(['sandbox', 'events', '-k', 'request', '--format', 'json', 'trust']);
    const seen = stdout.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line).facts]));
    const asked = seen.filter(({ client }) => String(client).startsWith('Docker-Client/'));
    expect(asked).toContainEqual(expect.objectContaining({ from: 'alice', status: 503 }));
    expect(asked.filter(({ from }) => from === 'bob').map(({ status }) => status)).not.toContain(503);
    expect(asked.some(({ from }) => from === 'bob')).toBe(true);
  });
});
