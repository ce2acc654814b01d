import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { decryptPrivateKey, parsePrivateKeyFile } from '../../src/pki/index.ts';
import { setTrustStage, type TrustStage } from '../golden/trust-stage.ts';

const image = 'sandboxregistry:5000/test/signers';
const b351 = `sha256:b351cc620547e39743bda780447222eba66d7cbfd398c28a274532161832c6bb`;
const environment = {
  DOCKER_CONTENT_TRUST: '1',
  DOCKER_CONTENT_TRUST_SERVER: 'https://notaryserver:4443',
  DOCKER_CONTENT_TRUST_ROOT_PASSPHRASE: 'sandbox-passphrase',
  DOCKER_CONTENT_TRUST_REPOSITORY_PASSPHRASE: 'sandbox-passphrase',
};
let stage: TrustStage;
beforeEach(async () => {
  stage = await setTrustStage('05-trust-keys-signers');
});
afterEach(() => stage[Symbol.asyncDispose]());

const plain = { environment, input: '', stdout: '', stderr: '', terminal: '', status: 0 };
const call = (command: string) => stage.perform({ ...plain, command });
/** In a terminal, with `keys` typed and no passphrases in the environment. */
const type = (command: string, keys: string) => {
  const { DOCKER_CONTENT_TRUST_SERVER } = environment;
  return stage.perform({
    ...plain,
    command,
    input: keys,
    terminal: 'x',
    environment: { DOCKER_CONTENT_TRUST: '1', DOCKER_CONTENT_TRUST_SERVER },
  });
};
const signers = async (): Promise<string[]> => {
  const { stdout } = await call(`docker trust inspect ${image}`);
  return JSON.parse(stdout)[0].Signers.map(({ Name }: { Name: string }) => Name);
};

describe('docker trust signer remove', () => {
  beforeEach(async () => {
    for (const name of ['alice', 'bob']) {
      await call(`docker trust key generate ${name}`);
      await call(`docker trust signer add --key ${name}.pub ${name} ${image}`);
    }
    await call(`docker trust signer add --key alice.pub eve ${image}`);
    await stage.sign(stage.home, `${image}:latest`, b351);
  });

  test('removes a signer who is not the last, and asks nothing', async () => {
    expect((await call(`docker trust signer remove bob ${image}`)).stdout).toBe(
      `Removing signer "bob" from ${image}...\nSuccessfully removed bob from ${image}\n\n`,
    );
    expect(await signers()).toEqual(['eve', 'alice']);
  });

  test('leaves the keys that another signer has in common', async () => {
    await call(`docker trust signer remove eve ${image}`);
    await stage.sign(stage.home, `${image}:v2`, b351);
    const { stdout } = await call(`docker trust inspect --pretty ${image}`);
    expect(stdout).toMatch(/^latest .* alice, bob$/m);
    expect(stdout).toMatch(/^v2 .* alice, bob$/m);
  });

  test('removes the last one when told to by force', async () => {
    for (const name of ['bob', 'eve']) await call(`docker trust signer remove -f ${name} ${image}`);
    expect((await call(`docker trust signer remove alice ${image}`)).stdout).toContain('[y/N] ');
    expect(await signers()).toEqual(['alice']);
    expect((await call(`docker trust signer remove -f alice ${image}`)).status).toBe(0);
    expect(await signers()).toEqual([]);
    expect((await call(`docker pull ${image}:latest`)).stderr).toContain('No valid trust data for latest');
  });
});

test('docker trust revoke -y takes back every signature of a repository', async () => {
  for (const tag of ['latest', 'v2']) await stage.sign(stage.home, `${image}:${tag}`, b351);
  expect((await call(`docker trust revoke -y ${image}`)).stdout).toBe(`Successfully deleted signature for ${image}\n`);
  expect((await call(`docker trust inspect --pretty ${image}`)).stdout).toContain(`No signatures for ${image}`);
  expect((await call(`docker trust revoke -y ${image}`)).stderr).toBe(
    `could not remove signature for ${image}: no signed tags to remove\n`,
  );
});

describe('docker trust key load', () => {
  test('takes an encrypted key of OpenSSL in, after a wrong passphrase too', async () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'its-own' });
    await writeFile(join(stage.home, 'k.pem'), pem, { mode: 0o600 });
    const loaded = await type('docker trust key load k.pem --name carol', 'wrong\rits-own\rlong enough\rlong enough\r');
    expect(loaded.terminal.replace(/ID [0-9a-f]{7}/g, 'ID KEY')).toBe(
      [
        'Loading key from "k.pem"...',
        'Enter passphrase for encrypted key: ',
        'Passphrase incorrect. Please retry.',
        'Enter passphrase for encrypted key: ',
        'Enter passphrase for new carol key with ID KEY: ',
        'Repeat passphrase for new carol key with ID KEY: ',
        'Successfully imported key from k.pem',
        '',
      ].join('\n'),
    );
    const folder = join(stage.home, '.docker/trust/private');
    const [name = ''] = await readdir(folder);
    const file = parsePrivateKeyFile(await readFile(join(folder, name), 'utf8'));
    expect(file.role).toBe('carol');
    expect(decryptPrivateKey(file, 'long enough').equals(createPrivateKey({ key: pem, passphrase: 'its-own' }))).toBe(
      true,
    );
  });

  test('ends at Ctrl-C with nothing stored and nothing said', async () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    await writeFile(join(stage.home, 'k.pem'), privateKey.export({ type: 'sec1', format: 'pem' }), { mode: 0o600 });
    const loaded = await type('docker trust key load k.pem', 'long en\x03');
    expect(loaded.terminal).toMatch(
      /^Loading key from "k\.pem"\.\.\.\nEnter passphrase for new signer key with ID .{7}: \n$/,
    );
    expect(loaded.status).not.toBe(0);
    await expect(readdir(join(stage.home, '.docker/trust/private'))).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

test('a push that is interrupted at a prompt says nothing more, and the next one goes on', async () => {
  const pushed = await type(
    'docker push sandboxregistry:5000/test/signer:latest',
    'long enough\rlong enough\rrepos\x03',
  );
  expect(pushed.terminal).toMatch(/Enter passphrase for new repository key with ID .{7}: \n$/);
  expect(pushed.status).not.toBe(0);
  const again = await type('docker push sandboxregistry:5000/test/signer:v2', 'long enough\rrepository\rrepository\r');
  expect(again.terminal).toMatch(
    /Enter passphrase for root key with ID .{7}: \nEnter passphrase for new repository key/,
  );
  expect(again.terminal).toMatch(/Successfully signed sandboxregistry:5000\/test\/signer:v2\n$/);
});
