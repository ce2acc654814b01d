import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { eraseCredentials, findCredentials, registryAuth, storeCredentials } from './credentials.ts';
import { withDefaultStore } from './default-store.ts';

test.each(['a', 'ab', 'abc', 'ÿ~?>'])('the password %j reaches an Engine padded, as it reads it', async (password) => {
  const auths = { 'r:5000': { auth: Buffer.from(`alice:${password}`).toString('base64') } };
  const header = await registryAuth({ path: '/none', value: { auths } }, 'r:5000');
  expect(header).toMatch(/^(?:[A-Za-z0-9_-]{4})*(?:[A-Za-z0-9_-]{2}==|[A-Za-z0-9_-]{3}=)?$/);
  const auth = { username: 'alice', password, serveraddress: 'r:5000' };
  expect(JSON.parse(Buffer.from(header, 'base64url').toString())).toEqual(auth);
});

/** Keeps what it is told in a file beside it, as `docker-credential-NAME get|store|erase` does. */
const HELPER = `#!/bin/sh
file="$(dirname "$0")/kept"
input=$(cat)
case "$1" in
  store) printf %s "$input" > "$file" ;;
  get) if grep -qF "$input" "$file" 2>/dev/null; then cat "$file"; else echo "credentials not found in native keychain"; exit 1; fi ;;
  erase) rm "$file" 2>/dev/null || { echo "no such"; exit 1; } ;;
esac
`;

describe('a credential helper', () => {
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'helper-'));
    const program = join(folder, 'docker-credential-secretservice');
    await writeFile(program, HELPER);
    await chmod(program, 0o755);
  });
  beforeEach(() => {
    vi.stubEnv('PATH', `${folder}${delimiter}${process.env.PATH}`);
  });
  afterAll(() => rm(folder, { recursive: true }));

  const configOf = (value: Record<string, unknown>) => ({
    path: join(folder, 'config.json'),
    value: value as Parameters<typeof registryAuth>[0]['value'],
  });

  test('keeps credentials in place of config.json, gives them out, and forgets them', async () => {
    const config = configOf({ credHelpers: { 'r:5000': 'secretservice' } });
    expect(await storeCredentials(config, 'r:5000', { username: 'me', password: 'secret' })).toBe(true);
    const written = await readFile(config.path, 'utf8');
    expect(written).not.toContain('secret"');
    expect(JSON.parse(written)).toMatchObject({ auths: { 'r:5000': {} } });
    expect(await findCredentials(config, 'r:5000')).toEqual({ username: 'me', password: 'secret' });
    expect(await findCredentials(config, 'other:5000')).toBeUndefined();
    expect([...(await eraseCredentials(config, ['r:5000']))]).toEqual([]);
    expect(await findCredentials(config, 'r:5000')).toBeUndefined();
    const failures = await eraseCredentials(config, ['r:5000']);
    expect(failures.get('r:5000')?.message).toBe('error erasing credentials - err: exit status 1, out: `no such`');
  });

  test('that is not there has nothing to give, but can not be told anything', async () => {
    const config = configOf({ credsStore: 'nosuch' });
    expect(await findCredentials(config, 'r:5000')).toBeUndefined();
    await expect(storeCredentials(config, 'r:5000', { username: 'me', password: 'secret' })).rejects.toMatchObject({
      code: 'CLI_CREDENTIAL_HELPER',
      message:
        'error storing credentials - err: exec: "docker-credential-nosuch": executable file not found in $PATH, out: ``',
    });
  });

  test('of the machine is taken where the configuration has said nothing of credentials', async () => {
    const io = { env: { PATH: folder } };
    expect((await withDefaultStore(configOf({}), io)).value).toEqual({ credsStore: 'secretservice' });
    expect((await withDefaultStore(configOf({ auths: { a: {} } }), io)).value).toEqual({ auths: { a: {} } });
    expect((await withDefaultStore(configOf({}), { env: { PATH: '/nosuch' } })).value).toEqual({});
  });
});

test('credentials under the old name of a registry are found', async () => {
  const auths = { 'https://r:5000/v1/': { auth: Buffer.from('me:secret').toString('base64') } };
  expect(await findCredentials({ path: '/none', value: { auths } }, 'r:5000')).toEqual({
    username: 'me',
    password: 'secret',
  });
});
