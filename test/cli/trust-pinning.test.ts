import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openRepository, openTrustContext } from '../../src/cli/trust/trust-context.ts';
import { parseImageReference } from '../../src/core/index.ts';
import { type NotaryStage, type StageOutcome, setNotaryStage } from '../notary-stage.ts';

const G = 'example.com/collection';
let stage: NotaryStage;
beforeEach(async () => {
  stage = await setNotaryStage();
  await stage.notary(`-d publisher publish ${G}`);
  await stage.notary(`-d publisher list ${G}`);
});
afterEach(() => stage[Symbol.asyncDispose]());

/** Id of the certificate that the publisher's root has. */
async function certificateId(gun = G): Promise<string> {
  const root = JSON.parse(await readFile(stage.at(`publisher/tuf/${gun}/metadata/root.json`), 'utf8'));
  return root.signed.roles.root.keyids[0];
}

/** Lists as a reader of this configuration; what it has cached stays for the next time. */
async function read(pinning: object | undefined, gun = G): Promise<StageOutcome> {
  const server = { url: 'https://notaryserver:4443', root_ca: '.notary/root-ca.crt' };
  await writeFile(stage.at('reader.json'), JSON.stringify({ remote_server: server, trust_pinning: pinning }));
  return stage.notary(`-c reader.json -d reader list ${gun}`);
}

async function rotateRoot(): Promise<void> {
  await stage.notary(`-d publisher key rotate ${G} root`, { input: 'yes\n' });
  await stage.notary(`-d publisher list ${G}`);
}

describe('notary', () => {
  test('reads what is signed under a pinned certificate', async () => {
    expect((await read({ certs: { [G]: [await certificateId()] } })).status).toBe(0);
    expect((await read({ certs: { 'example.com/*': ['00', await certificateId()] } })).status).toBe(0);
  });

  test('reads what is signed by a pinned key', async () => {
    const keyid = (await stage.notary('-d publisher key list')).stdout.match(/root\s.*?([0-9a-f]{64})/)?.[1] ?? '';
    expect((await read({ keys: { [G]: [keyid] } })).status).toBe(0);
    const refused = await read({ keys: { 'example.com/*': ['0a1b'] } });
    expect(refused.status).toBe(1);
    expect(refused.stdout).toContain(`"example.com/*" is pinned to 0a1b; the root of ${G} has ${keyid}`);
  });

  test.each(['before it has seen the root', 'after'])('refuses another one, %s', async (when) => {
    if (when === 'after') expect((await read(undefined)).status).toBe(0);
    const { status, stdout } = await read({ certs: { [G]: ['0a1b'] } });
    expect(status).toBe(1);
    expect(stdout).toBe(
      `\n* fatal: could not validate the path to a trusted root: unable to match any certificates to trust_pinning config: "${G}" is pinned to 0a1b; the root of ${G} has ${await certificateId()}\n`,
    );
  });

  test('follows a rotation when the pin does', async () => {
    const before = await certificateId();
    await read({ certs: { [G]: [before] } });
    await rotateRoot();
    const after = await certificateId();
    expect((await read({ certs: { [G]: [before, after] } })).status).toBe(0);
    expect((await read({ certs: { [G]: [after] } })).status).toBe(0);
    expect((await read({ certs: { [G]: [before] } })).status).toBe(1);
  });

  test('takes the pinned root where another came first', async () => {
    await read(undefined);
    await stage.notary(`-d publisher delete ${G} --remote`);
    await stage.notary(`-d publisher publish ${G}`);
    await stage.notary(`-d publisher list ${G}`);
    expect((await read(undefined)).stdout).toContain('could not rotate trust to a new trusted root');
    const pinned = await read({ certs: { [G]: [await certificateId()] } });
    expect(pinned.status).toBe(0);
    expect(pinned.stderr).toContain(`the cached root of ${G} is not used`);
  });

  test('trusts nobody on first use where that is refused, and goes on with what it knows', async () => {
    const pinning = { disable_tofu: true };
    expect((await read(pinning)).stdout).toContain('invalid trust pinning specified');
    await read(undefined);
    expect((await read(pinning)).status).toBe(0);
  });

  test('publishes what it began itself, first use refused or not', async () => {
    await writeFile(
      stage.at('.notary/config.json'),
      JSON.stringify({
        remote_server: { url: 'https://notaryserver:4443', root_ca: 'root-ca.crt' },
        trust_pinning: { disable_tofu: true },
      }),
    );
    expect((await stage.notary('publish example.com/own')).status).toBe(0);
    expect((await stage.notary('list example.com/own')).status).toBe(0);
  });

  test.each([
    {
      why: 'certificates are no list',
      pinning: { certs: { [G]: 'ab' } },
      says: 'invalid format for trust_pinning.certs',
    },
    { why: 'a word is misspelt', pinning: { cert: {} }, says: 'trust_pinning has no member "cert"' },
    {
      why: 'one name is under certs and under keys',
      pinning: { certs: { [G]: ['ab'] }, keys: { [G]: ['ab'] } },
      says: `trust_pinning has "${G}" under certs and under keys`,
    },
    {
      why: 'an authority is not there',
      pinning: { ca: { 'example.com/': 'nosuch.crt' } },
      says: 'could not load root cert from CA path',
    },
  ])('reads nothing when $why', async ({ pinning, says }) => {
    const { status, stdout } = await read(pinning);
    expect(status).toBe(1);
    expect(stdout).toContain(says);
  });
});

describe('docker', () => {
  const image = parseImageReference(`${G}:latest`);

  async function update(trustPinning: object) {
    await mkdir(stage.at('.docker'), { recursive: true });
    await writeFile(stage.at('.docker/config.json'), JSON.stringify({ trustPinning }));
    const io = stage.io({ program: 'docker', env: { DOCKER_CONTENT_TRUST_SERVER: 'https://notaryserver:4443' } });
    const context = { ...(await openTrustContext(io)), surroundings: stage.surroundings };
    return (await openRepository(context, image)).update();
  }

  test('looks at the pins of its configuration whenever it looks at trust data', async () => {
    expect((await update({ certs: { [G]: [await certificateId()] } })).root.version).toBe(1);
    await expect(update({ certs: { 'example.com/*': ['0a1b'] } })).rejects.toThrow('is pinned to 0a1b');
    await expect(update({ certs: {}, tofu: false })).rejects.toThrow('trustPinning has no member "tofu"');
  });
});
