import { expect, test } from 'vitest';
import { openOwnSandbox } from './own-sandbox.ts';

const PASSPHRASES = ['ROOT', 'TARGETS', 'SNAPSHOT'].flatMap((role) => [
  '-e',
  `NOTARY_${role}_PASSPHRASE=sandbox-passphrase`,
]);

test('notary is in the boxes and on the host, and knows the sandbox’s own server', async () => {
  await using sandbox = await openOwnSandbox('notary');
  expect(await sandbox.run(['up'])).toMatchObject({ status: 0 });
  const exec = (script: string) => sandbox.run(['exec', ...PASSPHRASES, 'trustsandbox', 'sh', '-c', script]);
  expect(await exec('cd /root && echo x > file && notary add -p example.com/box v1 file')).toMatchObject({
    status: 0,
    stderr: '',
    stdout: expect.stringContaining('Successfully published changes for repository example.com/box'),
  });
  const lookedUp = expect.stringMatching(/^v1 sha256:[0-9a-f]{64} 2\n$/);
  expect(await exec('notary lookup example.com/box v1')).toMatchObject({ status: 0, stdout: lookedUp });
  expect(await sandbox.run(['notary', 'lookup', 'example.com/box', 'v1'])).toMatchObject({
    status: 0,
    stdout: lookedUp,
  });
});
