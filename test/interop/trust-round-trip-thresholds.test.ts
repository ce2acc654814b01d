import { cp, mkdir, rm, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Client, openTrustActors, type TrustActors } from './peers/trust-actors.ts';

/** What only ours can write, several signers' thresholds and recoveries, read and gone on with by docker and notary. */
const SERVERS = [
  { whose: 'notary-server', prefix: '127.71.23' },
  { whose: 'ours', prefix: '127.71.24' },
] as const;

describe.each(SERVERS)('on $whose', ({ whose, prefix }) => {
  let actors: TrustActors;
  let digest: string;
  beforeAll(async () => {
    actors = await openTrustActors(whose, prefix);
    digest = (await actors.push('sandboxregistry:5000/test/x:v1', 1)).digest;
  });
  afterAll(() => actors[Symbol.asyncDispose]());

  async function good(client: Client, who: string, words: string): Promise<string> {
    const { status, stdout, stderr } = await actors.run(client, who, words);
    expect(status, `${client} ${words}\n${stdout}${stderr}`).toBe(0);
    return stdout + stderr;
  }

  /** Alice's machine has every key but Bob's; both are to sign releases. */
  async function withTwoSigners(image: string, [alice, bob]: readonly [string, string]): Promise<void> {
    await good('docker', alice, `trust key generate ${alice}`);
    await good('docker', bob, `trust key generate ${bob}`);
    await good('docker', alice, `trust signer add --key ${alice}.pub ${alice} ${image}`);
    await actors.push(`${image}:v1`, 1);
    await good('docker', alice, `push ${image}:v1`);
  }

  async function seen(image: string, tag: string, reader: string): Promise<void> {
    expect(await good('docker', reader, `trust inspect --pretty ${image}`)).toMatch(
      new RegExp(`^${tag} +${digest}`, 'm'),
    );
    expect(await good('notary', reader, `list ${image}`)).toMatch(new RegExp(`^${tag} +${digest}`, 'm'));
    expect(await good('docker', reader, `pull ${image}:${tag}`)).toContain(
      `Pull (1 of 1): ${image}:${tag}@sha256:${digest}`,
    );
  }

  test('a release that two must sign is collected from two machines, and docker cannot make it alone', async () => {
    const image = 'sandboxregistry:5000/test/two';
    await withTwoSigners(image, ['alice', 'bob']);
    const raise = `trust policy threshold --key bob.pub --request r.json releases 2 ${image}`;
    await good('trustsandbox', 'alice', raise);
    await good('trustsandbox', 'bob', 'trust request sign -y r.json');
    await good('trustsandbox', 'publisher', 'trust request publish r.json');
    await seen(image, 'v1', 'reader-two');

    await actors.push(`${image}:v2`, 1);
    const alone = await actors.run('docker', 'alice', `push ${image}:v2`);
    expect(alone.stdout + alone.stderr).toMatch(/not enough signing keys|could not find necessary|failed to sign/);
    expect(alone.status).toBe(1);
    await rm(actors.workspace.at('alice', 'trust', 'tuf'), { recursive: true }); // what docker left staged
    await good('trustsandbox', 'alice', `trust sign --request s.json ${image}:v2`);
    await good('trustsandbox', 'bob', 'trust request sign -y s.json');
    await good('trustsandbox', 'publisher', 'trust request publish s.json');
    await seen(image, 'v2', 'reader-two');
  });

  test('docker and notary with all the keys of a threshold sign by it', async () => {
    const image = 'sandboxregistry:5000/test/both';
    await withTwoSigners(image, ['carol', 'dave']);
    await mkdir(actors.workspace.at('carol', 'trust', 'private'), { recursive: true });
    await cp(actors.workspace.at('dave', 'trust', 'private'), actors.workspace.at('carol', 'trust', 'private'), {
      recursive: true,
    });
    await good('trustsandbox', 'carol', `trust policy threshold --key dave.pub releases 2 ${image}`);
    await actors.push(`${image}:v2`, 1);
    await good('docker', 'carol', `push ${image}:v2`);
    await seen(image, 'v2', 'reader-both');
    await good('notary', 'carol', `remove -p ${image} v2 -r targets/releases,targets/carol`);
    await good('trustsandbox', 'carol', `trust policy threshold releases 1 ${image}`);
    await seen(image, 'v1', 'reader-both');
  });

  test('two root keys, then a repository key that was lost, are followed by those who knew it before', async () => {
    const image = 'sandboxregistry:5000/test/lost';
    await withTwoSigners(image, ['erin', 'frank']);
    await seen(image, 'v1', 'reader-lost');
    const made = await good('notary', 'erin', 'key generate -r root');
    const keyid = /[0-9a-f]{64}/.exec(made)?.[0];
    await good('trustsandbox', 'erin', `trust policy threshold --key ${keyid} root 2 ${image}`);
    await seen(image, 'v1', 'reader-lost');
    const listed = await good('trustsandbox', 'erin', 'trust key list');
    const [, own] = /^([0-9a-f]{64}) +targets +\S*\/lost$/m.exec(listed) ?? [];
    await rm(actors.workspace.at('erin', 'trust', 'private', `${own}.key`));
    await good('trustsandbox', 'erin', `trust recover repository ${image}`);
    await seen(image, 'v1', 'reader-lost');
    await good('docker', 'erin', `trust signer add --key frank.pub frank ${image}`);
  });

  test('a repository begun by a request, whose two root keys never met, is docker’s and notary’s to go on with', async () => {
    const image = 'sandboxregistry:5000/test/begun';
    await actors.push(`${image}:v1`, 1);
    const vaults = ['ivan', 'judy'];
    for (const vault of vaults) {
      const keyid = /[0-9a-f]{64}/.exec(await good('notary', vault, 'key generate -r root'))?.[0];
      const certificate = await good('trustsandbox', vault, `trust key certificate ${keyid} ${image}`);
      await writeFile(actors.workspace.at(`${vault}.crt`), certificate);
    }
    const roots = vaults.map((vault) => `--root ${vault}.crt`).join(' ');
    await good('trustsandbox', 'mallory', `trust request begin ${roots} --root-threshold 2 b.json ${image}`);
    for (const vault of vaults) await good('trustsandbox', vault, 'trust request sign -y b.json');
    await good('trustsandbox', 'publisher', 'trust request publish b.json');
    await good('docker', 'mallory', `push ${image}:v1`); // by the repository's own key
    await seen(image, 'v1', 'reader-begun');

    await good('trustsandbox', 'mallory', `trust rotate repository --request c.json ${image}`);
    for (const vault of vaults) await good('trustsandbox', vault, 'trust request sign -y c.json');
    await good('trustsandbox', 'publisher', 'trust request publish c.json');
    await seen(image, 'v1', 'reader-begun');
    await good('docker', 'mallory', `push ${image}:v1`);
  });

  test('a root that was lost is begun again, and read by who forgets the old one', async () => {
    const image = 'sandboxregistry:5000/test/root';
    await withTwoSigners(image, ['grace', 'heidi']);
    await seen(image, 'v1', 'reader-root');
    const listed = await good('trustsandbox', 'grace', 'trust key list');
    const [, root] = /^([0-9a-f]{64}) +root/m.exec(listed) ?? [];
    await rm(actors.workspace.at('grace', 'trust', 'private', `${root}.key`));
    const told = await actors.run('trustsandbox', 'grace', `trust recover root -y ${image}`);
    expect(told).toMatchObject({ status: 1 });
    expect(told.stdout).toContain(`notary-server gun delete ${image}`);
    await good('trustsandbox notary', 'administrator', `delete --remote ${image}`);
    await good('trustsandbox', 'grace', `trust recover root -y ${image}`);
    await seen(image, 'v1', 'stranger-root');
    expect((await actors.run('docker', 'reader-root', `trust inspect ${image}`)).status).toBe(1);
    await good('notary', 'reader-root', `delete ${image}`);
    await seen(image, 'v1', 'reader-root');
  });
});
