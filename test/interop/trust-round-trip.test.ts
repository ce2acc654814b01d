import { createPublicKey } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { publicKeyOf } from '../../src/tuf/index.ts';
import { run } from './peers/run.ts';
import { CLIENTS, type Client, openTrustActors, type PushedTag, type TrustActors } from './peers/trust-actors.ts';

/** What everybody must see after a step: `who signed`, as docker names them, by tag. notary's roles follow from it. */
type Seen = Readonly<Record<string, { readonly of: 'first' | 'second'; readonly by: readonly string[] }>>;

/** One thing done to a repository R; commands by the client that does it, others leave it to ours. */
interface Step {
  readonly what: string;
  readonly docker?: readonly string[];
  /** Ours in the place of docker: as docker does it when absent. */
  readonly trust?: readonly string[];
  readonly notary: readonly string[];
  readonly seen: Seen;
}

const ADMIN = ['Repo Admin'];
const both = { v1: { of: 'first', by: ADMIN }, v2: { of: 'second', by: ADMIN } } as const;
const alice = { ...both, v3: { of: 'first', by: ['alice'] } } as const;

/** `FIRST` and `SECOND` stand for the size and the digest of what was pushed; `R` for the repository. */
const STEPS: readonly Step[] = [
  {
    what: 'a repository is initialised by its first push',
    docker: ['push R:v1'],
    notary: ['init R', 'addhash R v1 FIRST', 'publish R'],
    seen: { v1: both.v1 },
  },
  { what: 'another tag is signed', docker: ['push R:v2'], notary: ['addhash -p R v2 SECOND'], seen: both },
  {
    what: 'a tag is revoked',
    docker: ['trust revoke R:v1'],
    notary: ['remove -p R v1'],
    seen: { v2: both.v2 },
  },
  { what: 'and signed again', docker: ['push R:v1'], notary: ['addhash -p R v1 FIRST'], seen: both },
  {
    what: 'the targets key is rotated',
    trust: ['trust rotate repository R'],
    notary: ['key rotate R targets'],
    seen: both,
  },
  { what: 'the root key is rotated', trust: ['trust rotate root -y R'], notary: ['key rotate R root'], seen: both },
  {
    what: 'the server gets a new timestamp key',
    trust: ['notary key rotate R timestamp -r'],
    notary: ['key rotate R timestamp -r'],
    seen: both,
  },
  {
    what: 'the snapshot key is the client’s',
    trust: ['notary key rotate R snapshot'],
    notary: ['key rotate R snapshot'],
    seen: both,
  },
  {
    what: 'a publish with it moves a tag',
    docker: ['push R:moved'],
    notary: ['addhash -p R moved SECOND'],
    seen: { ...both, moved: both.v2 },
  },
  {
    what: 'which is revoked with it, too',
    docker: ['trust revoke R:moved'],
    notary: ['remove -p R moved'],
    seen: both,
  },
  {
    what: 'the snapshot key is the server’s again',
    trust: ['notary key rotate R snapshot -r'],
    notary: ['key rotate R snapshot -r'],
    seen: both,
  },
  {
    what: 'a signer is added, whose key is an elliptic one',
    docker: ['trust key load --name alice alice.pem', 'trust signer add --key alice.pub alice R'],
    notary: [
      'key import -r alice alice.pem',
      'delegation add R targets/alice alice.pub --all-paths',
      'delegation add R targets/releases alice.pub --all-paths',
      'publish R',
    ],
    seen: both,
  },
  {
    what: 'the signer signs',
    docker: ['push R:v3'],
    notary: ['addhash -p R v3 FIRST -r targets/alice,targets/releases'],
    seen: alice,
  },
  {
    what: 'another signer is added, whose key is an RSA one',
    docker: ['trust key load --name bob bob.pem', 'trust signer add --key bob.pub bob R'],
    notary: [
      'key import -r bob bob.pem',
      'delegation add R targets/bob bob.pub --all-paths',
      'delegation add R targets/releases bob.pub --all-paths',
      'publish R',
    ],
    seen: alice,
  },
  {
    what: 'both sign what one has signed',
    docker: ['trust sign R:v3'],
    notary: ['addhash -p R v3 FIRST -r targets/bob,targets/releases'],
    seen: { ...alice, v3: { of: 'first', by: ['alice', 'bob'] } },
  },
  {
    what: 'a signer is removed',
    trust: ['trust signer remove bob R'],
    notary: ['delegation remove -y R targets/bob', 'delegation remove R targets/releases BOB', 'publish R'],
    seen: alice, // all of whose keys are here have signed
  },
  {
    what: 'the signer who is left signs another tag',
    docker: ['push R:v4'],
    notary: ['addhash -p R v4 SECOND -r targets/alice,targets/releases'],
    seen: { ...alice, v4: { of: 'second', by: ['alice'] } },
  },
  {
    what: 'and revokes it',
    docker: ['trust revoke R:v4'],
    notary: ['remove -p R v4 -r targets/alice,targets/releases'],
    seen: alice,
  },
  {
    what: 'a key is purged from every delegation',
    trust: ['notary delegation purge R --key ALICE', 'notary publish R'],
    notary: ['delegation purge R --key ALICE', 'publish R'],
    seen: both,
  },
  {
    what: 'and given back',
    docker: ['trust signer add --key alice.pub alice R'],
    notary: [
      'delegation add R targets/alice alice.pub --all-paths',
      'delegation add R targets/releases alice.pub --all-paths',
      'publish R',
    ],
    seen: alice,
  },
];

const SERVERS = [
  { whose: 'notary-server', prefix: '127.71.20' },
  { whose: 'ours', prefix: '127.71.21' },
] as const;

describe.each(SERVERS)('on $whose', ({ whose, prefix }) => {
  let actors: TrustActors;
  let pushed: Readonly<Record<'first' | 'second', PushedTag>>;
  const keyids = new Map<string, string>();

  beforeAll(async () => {
    actors = await openTrustActors(whose, prefix);
    const [first, second] = [
      await actors.push('sandboxregistry:5000/test/x:v1', 1),
      await actors.push('sandboxregistry:5000/test/x:v2', 2),
    ];
    pushed = { first, second };
    const make = [
      'openssl ecparam -name prime256v1 -genkey -noout -out alice.pem',
      'openssl genrsa -traditional -out bob.pem 2048 2>/dev/null',
      'for n in alice bob; do openssl pkey -in $n.pem -pubout -out $n.pub; chmod 600 $n.pem; done',
    ];
    await run('sh', ['-c', make.join('\n')], { cwd: actors.workspace.path });
    for (const name of ['alice', 'bob']) {
      const key = createPublicKey(await readFile(actors.workspace.at(`${name}.pub`), 'utf8'));
      keyids.set(name, publicKeyOf(key).canonicalKeyid);
    }
  });
  afterAll(() => actors[Symbol.asyncDispose]());

  async function perform(step: Step, client: Client, who: string, repository: string): Promise<void> {
    const isNotary = client.endsWith('notary');
    const own = isNotary ? step.notary : client === 'docker' ? step.docker : (step.trust ?? step.docker);
    const commands = own ?? step.trust ?? [];
    for (const command of commands) {
      const push = /^push R:(\S+)|^trust sign --local R:(\S+)/.exec(command);
      if (push) await place(repository, push[1] ?? push[2] ?? '');
      const words = command
        .replace(/\bR\b/, repository)
        .replace(/FIRST|SECOND/, (name) => hashOf(name.toLowerCase()))
        .replace(/ALICE|BOB/, (name) => keyids.get(name.toLowerCase()) ?? name);
      const isOurNotary = words.startsWith('notary ');
      const performer = isOurNotary ? 'trustsandbox notary' : own ? client : 'trustsandbox';
      const { status, stdout, stderr } = await actors.run(performer, who, words.replace(/^notary /, ''));
      expect(status, `${performer} ${words}\n${stdout}${stderr}`).toBe(0);
    }
  }

  /** Has the Engine know the image that a tag is to be signed for. */
  async function place(repository: string, tag: string): Promise<void> {
    await actors.push(`${repository}:${tag}`, tag === 'v1' || tag === 'v3' ? 1 : 2);
  }

  const hashOf = (name: string): string => {
    const { digest, size } = pushed[name as 'first' | 'second'];
    return `${size} --sha256 ${digest}`;
  };

  async function look(
    repository: string,
    { what, seen }: Step,
    readers: readonly (readonly [Client, string])[],
  ): Promise<void> {
    const expected = Object.entries(seen)
      .map(([tag, { of, by }]) => `${tag} ${pushed[of].digest} ${by.join(',')}`)
      .sort();
    for (const [client, who] of readers) {
      const isNotary = client.endsWith('notary');
      const outcome = await actors.run(client, who, isNotary ? `list ${repository}` : `trust inspect ${repository}`);
      const { status, stdout, stderr } = outcome;
      const text = `after “${what}”, ${client} of ${who}\n${stdout}${stderr}`;
      expect(status, text).toBe(0);
      const withoutSigners = expected.map((line) => line.split(' ').slice(0, 2).join(' '));
      if (isNotary) expect(listed(stdout), text).toEqual(withoutSigners);
      else expect(inspected(stdout), text).toEqual(expected);
    }
  }

  test.each(CLIENTS)('what %s writes, everybody reads, and it deletes', async (client) => {
    const repository = `sandboxregistry:5000/by/${client.replace(' ', '-')}`;
    const writer = `writer-${client.replace(' ', '-')}`;
    const readers = CLIENTS.map((reader) => [reader, `reader-${reader.replace(' ', '-')}`] as const);
    for (const step of STEPS) {
      await perform(step, client, writer, repository);
      await look(repository, step, readers);
    }
    for (const reader of ['docker', 'trustsandbox'] as const) {
      const { stdout } = await actors.run(reader, writer, `pull ${repository}:v2`);
      expect(stdout).toContain(`Pull (1 of 1): ${repository}:v2@sha256:${pushed.second.digest}`);
    }
    const remover = client === 'notary' ? client : 'trustsandbox notary';
    expect((await actors.run(remover, writer, `delete --remote ${repository}`)).status).toBe(0);
    for (const reader of CLIENTS) {
      const words = reader.endsWith('notary') ? `list ${repository}` : `trust inspect ${repository}`;
      expect((await actors.run(reader, 'stranger', words)).status, reader).toBe(1);
    }
  });

  test('all of them take turns on one trust directory, and read from it', async () => {
    const repository = 'sandboxregistry:5000/by/turns';
    const readers = CLIENTS.map((reader) => [reader, 'shared'] as const);
    for (const [i, step] of STEPS.entries()) {
      await perform(step, CLIENTS[i % CLIENTS.length] ?? 'docker', 'shared', repository);
      await look(repository, step, readers);
    }
  });

  test.each([
    ['notary', 'trustsandbox'],
    ['trustsandbox', 'notary'],
    ['trustsandbox notary', 'docker'],
  ] as const)('keys that %s exports are imported elsewhere, and %s signs with them', async (from, to) => {
    const repository = `sandboxregistry:5000/carried/${from.replace(' ', '-')}`;
    const [step] = STEPS;
    if (!step) throw new Error('there is no first step');
    const [home, away] = [`home-${from.replace(' ', '-')}`, `away-${from.replace(' ', '-')}`];
    await perform(step, from, home, repository);
    const isNotary = (client: Client): boolean => client.endsWith('notary');
    const carry: readonly (readonly [Client, string, string])[] = [
      [from, home, `${isNotary(from) ? '' : 'trust '}key export -o ${home}.pem`],
      [to === 'docker' ? from : to, away, `${isNotary(to) || to === 'docker' ? '' : 'trust '}key import ${home}.pem`],
    ];
    for (const [client, who, words] of carry) expect((await actors.run(client, who, words)).status, words).toBe(0);
    await perform({ ...step, docker: ['push R:v2'], notary: ['addhash -p R v2 SECOND'] }, to, away, repository);
    await look(repository, { ...step, seen: both }, [
      ['docker', 'stranger'],
      [from, home],
    ]);
  });
});

function listed(stdout: string): readonly string[] {
  const rows = stdout.split('\n').slice(2);
  return rows
    .filter((row) => row !== '')
    .map((row) => row.split(/\s+/).slice(0, 2).join(' '))
    .sort();
}

interface Inspected {
  readonly SignedTags: readonly { readonly SignedTag: string; readonly Digest: string; readonly Signers: string[] }[];
}

function inspected(stdout: string): readonly string[] {
  const [found] = JSON.parse(stdout) as readonly Inspected[];
  return (found?.SignedTags ?? [])
    .map(({ SignedTag, Digest, Signers }) => `${SignedTag} ${Digest} ${[...Signers].sort().join(',')}`)
    .sort();
}
