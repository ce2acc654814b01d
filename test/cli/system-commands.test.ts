import { mkdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Outcome, type RunningDocker, startDocker } from './running-docker.ts';

const R = 'sandboxregistry:5000/test/trusttest';
const ARCHIVE = join(import.meta.dirname, '../golden/recordings/images/trusttest.tar');
const ID = 'sha256:066f08fc7b25e8bbeb59107f3c9db76246a5761b0c804aac7553404b14f00af0';

function said(stdout: string, stderr = '', status = 0): Outcome {
  return { stdout, stderr, status };
}

describe('commands about the Engine', () => {
  let it: RunningDocker;

  beforeAll(async () => {
    it = await startDocker();
    await it.docker('load', '-i', ARCHIVE);
    await it.docker('tag', 'docker/trusttest', R);
    await it.docker('push', '-q', R);
  });
  afterAll(() => it[Symbol.asyncDispose]());

  test.each([
    [
      ['system', 'df'],
      'TYPE            TOTAL     ACTIVE    SIZE      RECLAIMABLE\n' +
        'Images          1         0         38.36kB   38.36kB (100%)\n' +
        'Containers      0         0         0B        0B\n' +
        'Local Volumes   0         0         0B        0B\n' +
        'Build Cache     0         0         0B        0B\n',
    ],
    [
      ['system', 'df', '-v'],
      'Images space usage:\n\n' +
        'REPOSITORY         TAG       IMAGE ID       CREATED        SIZE      SHARED SIZE   UNIQUE SIZE   CONTAINERS\n' +
        'docker/trusttest   latest    066f08fc7b25   11 years ago   38.4kB    0B            38.36kB       0\n' +
        '\nContainers space usage:\n\n' +
        'CONTAINER ID   IMAGE     COMMAND   LOCAL VOLUMES   SIZE      CREATED   STATUS    NAMES\n' +
        '\nLocal Volumes space usage:\n\nVOLUME NAME   LINKS     SIZE\n' +
        '\nBuild cache usage: 0B\n\n' +
        'CACHE ID   CACHE TYPE   SIZE      CREATED   LAST USED   USAGE     SHARED\n',
    ],
    [['system', 'df', '-v', '--format', '{{range .Images}}{{.Tag}} {{.Size}}{{end}}'], 'latest 38.4kB'],
    [['search', 'sandboxregistry:5000/trust', '--format', '{{.Name}}|{{.IsOfficial}}'], `${R}|\n`],
    [['search', 'sandboxregistry:5000/nosuch'], 'NAME      DESCRIPTION   STARS     OFFICIAL\n'],
    [['volume', 'ls'], 'DRIVER    VOLUME NAME\n'],
    [['network', 'ls', '-q'], ''],
    [['info', '--format', '{{.ClientInfo.Context}} {{.Swarm.LocalNodeState}}'], 'default inactive\n'],
    [['system', 'info', '--format', '{{.Images}}'], '1\n'],
  ])('docker %j', async (argv, stdout) => {
    expect(await it.docker(...argv)).toEqual(said(stdout));
  });

  test.each([
    [['volume', 'inspect', 'nosuch'], said('[]\n', 'Error response from daemon: get nosuch: no such volume\n', 1)],
    [['network', 'inspect', 'nosuch'], said('[]\n', 'Error response from daemon: network nosuch not found\n', 1)],
    [
      ['version', '--format', '{{.Nope}}'],
      said(
        '\n',
        'template: version:1:2: executing "version" at <.Nope>: can\'t evaluate field Nope in type system.versionInfo\n',
        1,
      ),
    ],
    [
      ['info', '--format', '{{nosuch}}'],
      said('', 'template parsing error: template: :1: function "nosuch" not defined\n', 64),
    ],
    [
      ['events', '--format', '{{.Nope}}'],
      said(
        '',
        'Error parsing format: template: :1:2: executing "" at <.Nope>: can\'t evaluate field Nope in type *events.Message\n',
        64,
      ),
    ],
    [['events', '--since', 'bogus'], said('', 'failed to parse value as time or duration: "bogus"\n', 1)],
    [
      ['search', 'x', '--limit', '101'],
      said('', 'Error response from daemon: limit 101 is outside the range of [1, 100]\n', 1),
    ],
    [
      ['system', 'prune', '--volumes', '--filter', 'until=1h'],
      said('', 'ERROR: The "until" filter is not supported with "--volumes"\n', 1),
    ],
    [['help', 'bogus'], said('', 'unknown help topic: bogus\n', 1)],
    [
      ['manifest', 'inspect', 'UPPER'],
      said('', 'invalid reference format: repository name (library/UPPER) must be lowercase\n', 1),
    ],
  ])("docker %j is refused in docker's words", async (argv, outcome) => {
    expect(await it.docker(...argv)).toEqual(outcome);
  });

  test('version --client asks no Engine', async () => {
    const { status, stdout } = await it.with({ DOCKER_HOST: 'unix:///nosuch' }, 'version', '--client');
    expect({ status, lines: stdout.split('\n')[0] }).toEqual({ status: 0, lines: 'Client: trustsandbox' });
  });

  test('version and info of an Engine that is not there still tell of the client', async () => {
    const env = { DOCKER_HOST: 'unix:///nosuch' };
    const problem = 'Cannot connect to the Docker daemon at unix:///nosuch. Is the docker daemon running?\n';
    const version = await it.with(env, 'version', '--format', '{{.Client.Context}}');
    expect(version).toEqual(said('default\n', problem, 1));
    expect(await it.with(env, 'info')).toEqual(
      said(
        expect.stringMatching(/^Client:\n Version: {4}.*\n Context: {4}default\n Debug Mode: false\n\nServer:\n$/),
        problem,
        1,
      ),
    );
    expect(await it.with(env, 'info', '--format', '{{.ClientInfo.Context}}')).toEqual(said('default\n'));
  });

  test('events are those of the time that is asked for, with all digits of it', async () => {
    const until = String(Date.now() / 1000); // by the Engine's clock
    const events = (...more: string[]) =>
      it.docker('events', '--since', '1', '--until', until, '--filter', 'event=load', ...more);
    expect((await events('--format', 'json')).stdout).toMatch(/"time":\d{10},"timeNano":\d{19}\}\n$/);
    expect((await events()).stdout).toMatch(
      /^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}(Z|[-+]\d\d:\d\d) image load sha256:\w{64} \(name=sha256:\w{64}\)\n$/,
    );
    expect((await events('--format', '{{.Type}} {{.Actor.ID}} {{.Status}}')).stdout).toBe(`image ${ID} load\n`);
    expect((await events('--filter', 'type=volume')).stdout).toBe('');
  });
});

test('prune asks first, then tells what went, with the filters of the configuration', async () => {
  await using it = await startDocker();
  await it.docker('load', '-i', ARCHIVE);
  await it.docker('login', '-u', 'me', '-p', 'x', 'sandboxregistry:5000'); // makes the configuration
  await writeFile(join(it.configFolder, 'config.json'), '{"pruneFilters":["label=kept","label!=x"]}');
  const asked = await it.docker('system', 'prune', '-a', '--filter', 'label=x');
  expect(asked.stdout).toBe(
    'WARNING! This will remove:\n  - all stopped containers\n  - all networks not used by at least one container\n' +
      '  - all images without at least one container associated to them\n  - all build cache\n\n' +
      '  Items to be pruned will be filtered with:\n  - label=kept\n  - label=x\n\nAre you sure you want to continue? [y/N] ',
  );
  await writeFile(join(it.configFolder, 'config.json'), '{}');
  expect((await it.docker('system', 'prune', '-af')).stdout).toMatch(
    /^Deleted Images:\nuntagged: docker\/trusttest:latest\n(deleted: sha256:\w{64}\n){3}\nTotal reclaimed space: 38\.36kB\n$/,
  );
  expect((await it.docker('system', 'prune', '-f')).stdout).toBe('Total reclaimed space: 0B\n');
});

test('an image of a registry is shown as the registry has it', async () => {
  await using it = await startDocker();
  const { host } = new URL(it.running.registryUrl);
  await it.docker('load', '-i', ARCHIVE);
  await it.docker('tag', 'docker/trusttest', R);
  await it.docker('push', '-q', R);
  const name = `${host}/test/trusttest`;
  const { stdout } = await it.docker('manifest', 'inspect', name);
  expect(stdout).toBe(`${JSON.stringify(JSON.parse(stdout), undefined, '\t')}\n`);
  expect(JSON.parse(stdout)).toMatchObject({ schemaVersion: 2, config: { digest: ID } });
  const verbose = JSON.parse((await it.docker('manifest', 'inspect', '-v', name)).stdout);
  expect(verbose).toMatchObject({
    Ref: `${name}:latest`,
    Descriptor: { platform: { architecture: 'amd64', os: 'linux' } },
    SchemaV2Manifest: JSON.parse(stdout),
  });
  expect(await it.docker('manifest', 'inspect', `${name}:nosuch`)).toEqual(
    said('', `no such manifest: ${name}:nosuch\n`, 1),
  );
});

describe('contexts', () => {
  test("are in docker's files, keys for their owner alone", async () => {
    await using it = await startDocker({ DOCKER_HOST: '' });
    await it.docker('context', 'create', 'there', '--docker', 'host=tcp://h:2376', '--description', 'far');
    const { stdout } = await it.docker('context', 'inspect', 'there', '--format', '{{.Storage.MetadataPath}}');
    expect(stdout).toMatch(new RegExp(`^${it.configFolder}/contexts/meta/[0-9a-f]{64}\n$`));
    expect(await readFile(join(stdout.trim(), 'meta.json'), 'utf8')).toBe(
      '{"Name":"there","Metadata":{"Description":"far"},"Endpoints":{"docker":{"Host":"tcp://h:2376","SkipTLSVerify":false}}}',
    );
    expect(await it.docker('context', 'use', 'there')).toEqual(said('there\n', 'Current context is now "there"\n'));
    expect((await it.docker('context', 'ls')).stdout).toBe(
      'NAME      DESCRIPTION                               DOCKER ENDPOINT               ERROR\n' +
        'default   Current DOCKER_HOST based configuration   unix:///var/run/docker.sock   \n' +
        'there *   far                                       tcp://h:2376                  \n',
    );
    expect(await it.docker('context', 'rm', 'there')).toEqual(
      said('', 'context "there" is in use, set -f flag to force remove\n', 1),
    );
    expect(await it.docker('context', 'rm', '-f', 'there')).toEqual(said('there\n'));
    expect(await it.docker('context', 'show')).toEqual(said('default\n'));
  });

  test('that are exported can be taken back under another name', async () => {
    await using it = await startDocker({ DOCKER_HOST: '' });
    await it.docker('context', 'create', 'one', '--docker', 'host=tcp://h:1,skip-tls-verify=true');
    await it.docker('context', 'export', 'one', 'one.tar');
    expect((await stat(join(it.running.folder, 'one.tar'))).mode & 0o777).toBe(0o600);
    await it.docker('context', 'import', 'two', 'one.tar');
    const format = '{{.Name}} {{.Endpoints.docker.Host}} {{.Endpoints.docker.SkipTLSVerify}}';
    expect(await it.docker('context', 'inspect', 'two', '-f', format)).toEqual(said('two tcp://h:1 true\n'));
    expect(await it.docker('context', 'export', 'one', 'one.tar')).toEqual(said('', 'open one.tar: file exists\n', 1));
  });

  test.each([
    ['default', '"default" is a reserved context name'],
    ['../up', 'context name "../up" is invalid, names are validated against regexp "^[a-zA-Z0-9][a-zA-Z0-9_.+-]+$"'],
  ])('can not be called %s', async (name, message) => {
    await using it = await startDocker();
    expect(await it.docker('context', 'create', name)).toEqual(said('', `${message}\n`, 1));
  });
});

test('config.json that is a link stays one, and keeps what is not understood', async () => {
  await using it = await startDocker();
  const file = join(it.configFolder, 'config.json');
  await it.docker('login', '-u', 'me', '-p', 'x', 'sandboxregistry:5000');
  const target = join(it.running.folder, 'real.json');
  await writeFile(target, '{"zzz":[1],"auths":{"other":{"auth":"YTpi"}}}');
  const linked = join(it.running.folder, 'linked');
  await mkdir(linked);
  await symlink(target, join(linked, 'config.json'));
  await it.with({ DOCKER_CONFIG: linked }, 'login', '-u', 'me', '-p', 'x', 'sandboxregistry:5000');
  expect(await readFile(target, 'utf8')).toBe(
    '{\n\t"auths": {\n\t\t"other": {\n\t\t\t"auth": "YTpi"\n\t\t},\n\t\t"sandboxregistry:5000": {\n\t\t\t"auth": "bWU6eA=="\n\t\t}\n\t},\n\t"zzz": [\n\t\t1\n\t]\n}',
  );
  expect((await stat(file)).mode & 0o777).toBe(0o600);
});
