import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Outcome, type RunningDocker, startDocker } from './running-docker.ts';

const R = 'sandboxregistry:5000/test/trusttest';
const ARCHIVE = join(import.meta.dirname, '../golden/recordings/images/trusttest.tar');
const ID = '066f08fc7b25e8bbeb59107f3c9db76246a5761b0c804aac7553404b14f00af0';

function said(stdout: string, stderr = '', status = 0): Outcome {
  return { stdout, stderr, status };
}

async function startLoaded(): Promise<RunningDocker> {
  const it = await startDocker();
  await it.docker('load', '-i', ARCHIVE);
  await it.docker('tag', 'docker/trusttest', R);
  return it;
}

describe('commands that only ask', () => {
  let it: RunningDocker;

  beforeAll(async () => {
    it = await startLoaded();
  });
  afterAll(() => it[Symbol.asyncDispose]());

  test.each([
    [
      ['images'],
      'REPOSITORY                            TAG       IMAGE ID       CREATED        SIZE\n' +
        'docker/trusttest                      latest    066f08fc7b25   11 years ago   38.4kB\n' +
        `${R}   latest    066f08fc7b25   11 years ago   38.4kB\n`,
    ],
    [['images', '-q', 'docker/*'], '066f08fc7b25\n'],
    [['images', '-q', '--no-trunc', R], `sha256:${ID}\n`],
    [['images', 'nosuch'], 'REPOSITORY   TAG       IMAGE ID   CREATED   SIZE\n'],
    [
      ['images', R, '--format', '{{.Repository}}:{{.Tag}} {{.Digest}} {{lower .VirtualSize}}'],
      `${R}:latest <none> 38.36kb\n`,
    ],
    [['images', R, '--format', 'table {{.ID}}\\t{{.Size}}'], 'IMAGE ID       SIZE\n066f08fc7b25   38.4kB\n'],
    [
      ['inspect', R, '-f', '{{.RepoTags}} {{.Size}} {{json .Config.Cmd}}'],
      `[docker/trusttest:latest ${R}:latest] 38364 ["/trusttest"]\n`,
    ],
    [
      ['image', 'inspect', R, '-f', '{{range .RootFS.Layers}}{{println .}}{{end}}'],
      expect.stringMatching(/^(sha256:\w{64}\n){2}\n$/),
    ],
    [
      ['history', R, '--format', '{{.ID}} {{.CreatedBy}} {{.Size}}'],
      '066f08fc7b25 layer 1 19.2kB\n<missing> layer 0 19.2kB\n',
    ],
    [['version', '--format', '{{.Server.Version}}'], '1.2.3\n'],
    [['info', '--format', '{{.Images}} {{.OSType}}'], '1 linux\n'],
  ])('docker %j', async (argv, stdout) => {
    expect(await it.docker(...argv)).toEqual(said(stdout as string));
  });

  test.each([
    [['inspect', 'nosuch'], said('[]\n', 'Error: No such object: nosuch\n', 1)],
    [
      ['image', 'inspect', 'nosuch'],
      said('[]\n', 'Error response from daemon: no such image: nosuch: No such image: nosuch:latest\n', 1),
    ],
    [
      ['images', '--format', '{{.Nope}}'],
      said(
        '',
        'template parsing error: template: :1:2: executing "" at <.Nope>: can\'t evaluate field Nope in type *formatter.imageContext\n',
        1,
      ),
    ],
    [['history', 'nosuch'], said('', 'Error response from daemon: No such image: nosuch:latest\n', 1)],
    [['pull', 'UPPER'], said('', 'invalid reference format: repository name (library/UPPER) must be lowercase\n', 1)],
    [['pull', '-a', `${R}:latest`], said('', "tag can't be used with --all-tags/-a\n", 1)],
    [
      ['pull', `${R}:nosuch`],
      said(
        '',
        `Error response from daemon: manifest for ${R}:nosuch not found: manifest unknown: manifest unknown\n`,
        1,
      ),
    ],
    [['push', `${R}:nosuch`], said(`The push refers to repository [${R}]\n`, `tag does not exist: ${R}:nosuch\n`, 1)],
    [['push', `${R}@sha256:${ID}`], said('', 'cannot push a digest reference\n', 1)],
    [
      ['tag', R, 'UPPER'],
      said(
        '',
        'Error parsing reference: "UPPER" is not a valid repository/tag: invalid reference format: repository name (library/UPPER) must be lowercase\n',
        1,
      ),
    ],
    [['rmi', 'nosuch'], said('', 'Error response from daemon: No such image: nosuch:latest\n', 1)],
    [['rmi', '-f', 'nosuch'], said('', 'Error response from daemon: No such image: nosuch:latest\n')],
    [
      ['rmi', '066f08fc7b25'],
      said(
        '',
        'Error response from daemon: conflict: unable to delete 066f08fc7b25 (must be forced) - image is referenced in multiple repositories\n',
        1,
      ),
    ],
    [
      ['history', '--platform', 'linux/arm64', R],
      said(
        '',
        `Error response from daemon: image with reference ${R} was found but its platform (linux/amd64) does not match the specified platform (linux/arm64)\n`,
        1,
      ),
    ],
    [['load', '-i', 'nosuch'], said('', 'open nosuch: no such file or directory\n', 1)],
    [['save', 'nosuch', '-o', 'x.tar'], said('', 'Error response from daemon: reference does not exist\n', 1)],
    [
      ['-H', 'unix:///nosuch', 'images'],
      said('', 'Cannot connect to the Docker daemon at unix:///nosuch. Is the docker daemon running?\n', 1),
    ],
    [
      ['images', '-f', 'bogus'],
      said(
        '',
        'invalid argument "bogus" for "-f, --filter" flag: bad format of filter (expected name=value)\n\nUsage:  docker images [OPTIONS] [REPOSITORY[:TAG]]\n\nRun \'docker images --help\' for more information\n',
        125,
      ),
    ],
    [
      ['login', 'sandboxregistry:5000'],
      said('', 'Error: Cannot perform an interactive login from a non TTY device\n', 1),
    ],
  ])("docker %j is refused in docker's words", async (argv, outcome) => {
    expect(await it.docker(...argv)).toEqual(outcome);
  });
});

test('push, removal and pull print what docker prints', async () => {
  await using it = await startLoaded();
  const pushed = await it.docker('push', R);
  expect(pushed.stdout).toMatch(
    /^Using default tag: latest\nThe push refers to repository \[sandboxregistry:5000\/test\/trusttest\]\n3f6eb71c3ddd: Preparing\n77e84a8fd9ff: Preparing\n(?:\w{12}: Pushed\n){2}latest: digest: sha256:\w{64} size: \d+\n$/,
  );
  const removed = await it.docker('rmi', '-f', '066f08fc7b25');
  expect(removed.stdout.split('\n').map((line) => line.replace(/@sha256:\w+$/, '@DIGEST'))).toEqual([
    'Untagged: docker/trusttest:latest',
    `Untagged: ${R}:latest`,
    `Untagged: ${R}@DIGEST`,
    `Deleted: sha256:${ID}`,
    'Deleted: sha256:9e8e3d0b679438657f0f6e4d9265cebd213d8f0b103b899f140ece0c885f601e',
    'Deleted: sha256:77e84a8fd9ff9a1aec93d58e1f9cbd2bdb973be751dd49faee288a0a60a8d4fe',
    '',
  ]);
  const pulled = await it.docker('pull', R);
  const lines = pulled.stdout.trimEnd().split('\n');
  expect(lines.slice(0, 2)).toEqual(['Using default tag: latest', 'latest: Pulling from test/trusttest']);
  expect(lines.at(-2)).toBe(`Status: Downloaded newer image for ${R}:latest`);
  expect(lines.at(-1)).toBe(`${R}:latest`);
  expect(pulled).toMatchObject({ stderr: '', status: 0 });
  expect((await it.docker('pull', '-q', R)).stdout).toBe(`${R}:latest\n`);
  expect((await it.docker('push', '-q', R)).stdout).toBe(`${R}:latest\n`);
});

test('in a terminal a pull draws each layer in its own line', async () => {
  await using it = await startLoaded();
  await it.docker('push', R);
  await it.docker('rmi', '-f', '066f08fc7b25');
  const { stdout } = await it.terminal(120, 'pull', R);
  expect(stdout).toMatch(
    /\n\n\x1b\[1A\x1b\[2K\r\w{12}: Pulling fs layer \r\x1b\[1B\n\x1b\[1A\x1b\[2K\r\w{12}: Pulling fs layer \r\x1b\[1B/,
  );
  expect(stdout).toMatch(/\x1b\[2A\x1b\[2K\r\w{12}: Pull complete \r\x1b\[2B/);
  expect(stdout).toMatch(/: Downloading \[=+>\] +\d+B\/\d+B\r/);
});

test('an image saved to a file or to stdout is loaded again', async () => {
  await using it = await startLoaded();
  expect(await it.docker('save', R, '-o', 'x.tar')).toEqual(said(''));
  expect((await stat(join(it.running.folder, 'x.tar'))).mode & 0o777).toBe(0o600);
  await it.docker('rmi', '-f', '066f08fc7b25');
  expect(await it.docker('load', '-i', 'x.tar')).toEqual(said(`Loaded image: ${R}:latest\n`));
});

test("inspection shows the Engine's JSON, laid out by four spaces", async () => {
  await using it = await startLoaded();
  const { stdout } = await it.docker('inspect', R);
  expect(stdout).toBe(`${JSON.stringify(JSON.parse(stdout), undefined, 4)}\n`);
  expect(stdout).toContain(`        "Id": "sha256:${ID}",\n`);
});

test('pruning removes what has no name left, and with --all everything', async () => {
  await using it = await startLoaded();
  await it.docker('rmi', R);
  await it.docker('load', '-i', join(ARCHIVE, '../trusttest2.tar'));
  await it.docker('tag', 'docker/trusttest:v2', 'docker/trusttest:latest');
  const pruned = await it.docker('image', 'prune', '-f');
  expect(pruned.stdout).toMatch(/^Deleted Images:\n(deleted: sha256:\w{64}\n){3}\nTotal reclaimed space: 38\.36kB\n$/);
  expect((await it.docker('image', 'prune', '-af')).stdout).toContain('untagged: docker/trusttest:v2\n');
  expect((await it.docker('images', '-q')).stdout).toBe('');
});

describe('credentials', () => {
  test('are tried, kept and forgotten', async () => {
    await using it = await startDocker();
    const file = join(it.configFolder, 'config.json');
    const login = await it.docker('login', '-u', 'me', '-p', 'secret', 'sandboxregistry:5000');
    expect(login).toMatchObject({ stdout: 'Login Succeeded\n', status: 0 });
    expect(login.stderr).toContain(`WARNING! Your credentials are stored unencrypted in '${file}'.\n`);
    expect(login.stdout + login.stderr).not.toContain('secret');
    expect(JSON.parse(await readFile(file, 'utf8'))).toEqual({
      auths: { 'sandboxregistry:5000': { auth: Buffer.from('me:secret').toString('base64') } },
    });
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    await it.docker('logout', 'sandboxregistry:5000');
    expect(JSON.parse(await readFile(file, 'utf8'))).toEqual({ auths: {} });
  });

  test('leave the rest of config.json as it was', async () => {
    await using it = await startDocker();
    await mkdir(it.configFolder);
    const file = join(it.configFolder, 'config.json');
    await writeFile(file, '{"psFormat":"table","auths":{"other":{"auth":"YTpi"}}}');
    await it.docker('login', '-u', 'me', '-p', 'x', 'sandboxregistry:5000');
    expect(JSON.parse(await readFile(file, 'utf8'))).toMatchObject({
      psFormat: 'table',
      auths: { other: { auth: 'YTpi' } },
    });
  });

  test('of a config that is no JSON are not guessed', async () => {
    await using it = await startDocker();
    await mkdir(it.configFolder);
    await writeFile(join(it.configFolder, 'config.json'), 'no JSON');
    expect(await it.docker('images')).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('Error loading config file'),
    });
  });
});
