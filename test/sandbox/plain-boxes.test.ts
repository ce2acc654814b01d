import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type OwnSandbox, openOwnSandbox } from './own-sandbox.ts';
import { Terminal } from './terminal.ts';

describe('a plain box, where there are no namespaces', () => {
  let sandbox: OwnSandbox;
  beforeAll(async () => {
    sandbox = await openOwnSandbox('plain-boxes');
    await copyFile(join(import.meta.dirname, 'compose-files/two-sides.yaml'), join(sandbox.folder, 'compose.yaml'));
    expect(await sandbox.run(['compose', 'up', '-d'])).toMatchObject({ status: 0 });
  });
  afterAll(() => sandbox[Symbol.asyncDispose]());

  const env = { TRUSTSANDBOX_BOX: 'plain' };
  const inBox = (service: string, script: string) =>
    sandbox.run(['compose', 'exec', '-T', service, 'sh', '-c', script], { env });

  test('curl knows the names of its networks, each box its own, and trusts the sandbox’s authority', async () => {
    const status = `curl -s -o /dev/null -w '%{http_code}'`;
    expect((await inBox('alice', `${status} http://hub:5000/v2/; ${status} https://trust:4443/v2/`)).stdout).toBe(
      '200200',
    );
    const refused = await inBox('alice', 'curl -s http://hub-west:5000/v2/; curl -sv https://hub-west:5000/v2/');
    expect(refused.stdout).toBe('alice shares no network with hub-west\n');
    expect(refused.stderr).toContain('403 alice shares no network with hub-west');
  });

  test.each([
    ['-connect trust:4443', 0, 'CN = trust'],
    ['trust:4443', 0, 'CN = trust'],
    ['-servername other -connect trust:4443', 0, 'CN = trust'],
    ['-verify_hostname nobody -verify_return_error -connect trust:4443', 1, 'hostname mismatch'],
    ['-connect hub-west:5000', 1, 'not known'],
  ])('openssl s_client %s', async (words, status, text) => {
    const ran = await inBox('alice', `echo | openssl s_client ${words} 2>&1`);
    expect(ran.stdout).toContain(text);
    expect(ran.status).toBe(status);
  });

  test('other commands of openssl are its own', async () => {
    expect((await inBox('alice', "printf 'a b' | openssl dgst -sha256 -r")).stdout).toMatch(/^c8687a08/);
    expect((await inBox('alice', 'openssl nosuchcommand')).status).toBe(1);
  });

  test('docker and notary know the names that its box knows, and no others', async () => {
    const push =
      'docker pull -q docker/trusttest && docker tag docker/trusttest hub:5000/a:1 && docker push -q hub:5000/a:1';
    expect(await inBox('alice', push)).toMatchObject({ status: 0 });
    expect(await inBox('alice', 'notary -s https://trust:4443 list hub:5000/a')).toMatchObject({
      status: 1,
      stdout: expect.stringContaining('does not have trust data'),
    });
    expect(await inBox('trust', 'notary -s https://hub-nowhere:4443 list a')).toMatchObject({ status: 1 });
  });

  test('a fault meets the box it is for', async () => {
    await sandbox.run(['fault', 'set', 'trust', 'status=503', 'from=alice']);
    const status = `curl -s -o /dev/null -w '%{http_code}' https://trust:4443/v2/`;
    expect((await inBox('alice', status)).stdout).toBe('503');
    expect((await inBox('bob', status)).stdout).toBe('200');
    const quiet = `printf 'GET /v2/ HTTP/1.0\\r\\n\\r\\n' | openssl s_client -quiet -connect trust:4443 2>/dev/null | head -1`;
    expect((await inBox('alice', quiet)).stdout).toContain(' 503 ');
    await sandbox.run(['fault', 'clear']);
  });

  test('all of it in a terminal too', async () => {
    const { folder, program } = sandbox;
    const args = [program, 'compose', 'exec', 'alice', 'sh'];
    using terminal = new Terminal(process.execPath, args, { cwd: folder, env: { ...sandbox.env, ...env } });
    await terminal.until(/ # $/);
    terminal.type("curl -s -o /dev/null -w 'got %{http_code}\\n' https://trust:4443/v2/\r");
    await terminal.until(/got 200\r\n.* # $/s);
    terminal.type('echo Q | openssl s_client -connect trust:4443 2>&1 | grep -c "Verify return code: 0"\r');
    await terminal.until(/\r\n\d+\r\n.* # $/s);
    terminal.type('exit 6\r');
    expect(await terminal.exit).toBe(6);
  });
});
