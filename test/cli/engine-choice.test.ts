import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { systemClock } from '../../src/core/index.ts';
import { createEngineApi } from '../../src/engine/index.ts';
import { listen, type NodeApp } from '../../src/http/index.ts';
import { createCertificateAuthority, issueServerCertificate } from '../../src/pki/index.ts';
import { startEngine } from '../engine/running-engine.ts';
import { startDocker } from './running-docker.ts';

const NOBODY = 'unix:///nosuch';

describe('the Engine that is meant', () => {
  test.each([
    ['a host given by flag, before all', ['-H', 'ENGINE'], { DOCKER_HOST: NOBODY, DOCKER_CONTEXT: 'nosuch' }, ''],
    ['a context given by flag, before DOCKER_HOST', ['-c', 'here'], { DOCKER_HOST: NOBODY }, ''],
    ['DOCKER_HOST, before DOCKER_CONTEXT', [], { DOCKER_HOST: 'ENGINE', DOCKER_CONTEXT: 'nosuch' }, ''],
    ['DOCKER_CONTEXT, before the configuration', [], { DOCKER_CONTEXT: 'here' }, 'nosuch'],
    ['the context that the configuration has in use', [], {}, 'here'],
  ])('is %s', async (_, flags, env, current) => {
    await using it = await startDocker();
    const host = it.running.address.kind === 'unix' ? `unix://${it.running.address.path}` : '';
    await it.docker('context', 'create', 'here', '--docker', `host=${host}`);
    if (current) {
      await writeFile(join(it.configFolder, 'config.json'), JSON.stringify({ currentContext: current }));
    }
    const filled = (text: string): string => text.replace('ENGINE', host);
    const environment = { DOCKER_HOST: '', ...Object.fromEntries(Object.entries(env).map(([k, v]) => [k, filled(v)])) };
    const asked = await it.with(environment, ...flags.map(filled), 'version', '--format', '{{.Server.Version}}');
    expect(asked).toEqual({ stdout: '1.2.3\n', stderr: '', status: 0 });
  });

  test.each([
    [['-c', 'default', '-H', 'unix:///x'], 'conflicting options: cannot specify both --host and --context'],
    [['-H', 'a', '-H', 'b'], 'Failed to initialize: unable to resolve docker endpoint: Specify only one -H'],
    [['-l', 'bogus'], 'Unable to parse logging level: bogus'],
    [
      ['-H', 'bogus://x'],
      'Failed to initialize: unable to resolve docker endpoint: invalid bind address format: bogus://x',
    ],
    [
      ['--tlsverify'],
      expect.stringMatching(/^Failed to initialize: unable to resolve docker endpoint: open .*\/ca\.pem: no such file/),
    ],
    [
      ['--tlsverify', '--tlscacert', '/nosuch.pem'],
      'Failed to initialize: unable to resolve docker endpoint: open /nosuch.pem: no such file or directory',
    ],
    [
      ['-H', 'tcp://127.0.0.1:1'],
      'Cannot connect to the Docker daemon at tcp://127.0.0.1:1. Is the docker daemon running?',
    ],
  ])('can not be given by %j', async (flags, message) => {
    await using it = await startDocker();
    const { status, stdout, stderr } = await it.docker(...flags, 'images');
    expect({ status, stdout, stderr: stderr.trimEnd() }).toEqual({ status: 1, stdout: '', stderr: message });
  });

  test('speaks the version that DOCKER_API_VERSION pins, and gets the headers of the configuration', async () => {
    const seen: [path: string, header: string | undefined][] = [];
    await using engine = await startEngine();
    const api = createEngineApi(engine.engine, { version: '1.2.3' });
    const path = join(engine.folder, 'watched.sock');
    const app = watched(api, (request) =>
      seen.push([new URL(request.url).pathname, request.headers.get('x-a') ?? undefined]),
    );
    await using _api = await listen(app, { kind: 'unix', path });
    await using it = await startDocker();
    await mkdir(it.configFolder);
    await writeFile(join(it.configFolder, 'config.json'), '{"HttpHeaders":{"X-A":"b","User-Agent":"me"}}');
    await it.with({ DOCKER_HOST: `unix://${path}`, DOCKER_API_VERSION: 'v1.44' }, 'images');
    expect(seen).toEqual([['/v1.44/images/json', 'b']]);
  });
});

describe('an Engine behind TLS', () => {
  test('is asked with the certificates of the flags, of DOCKER_CERT_PATH or of the context, and of no other', async () => {
    await using it = await startDocker();
    const ca = createCertificateAuthority({ clock: systemClock });
    const tls = issueServerCertificate({ ca, dnsNames: ['localhost'], ipAddresses: ['127.0.0.1'], clock: systemClock });
    const app = createEngineApi(it.running.engine, { version: 'behind TLS' });
    await using served = await listen(app, { kind: 'tcp', host: '127.0.0.1', port: 0 }, tls);
    const host = `tcp://127.0.0.1:${served.address.kind === 'tcp' ? served.address.port : 0}`;
    const folder = join(it.running.folder, 'certs');
    await mkdir(folder);
    await writeFile(join(folder, 'ca.pem'), ca.cert);
    const other = createCertificateAuthority({ clock: systemClock });
    await writeFile(join(folder, 'other.pem'), other.cert);
    const ask = ['version', '--format', '{{.Server.Version}}'] as const;
    const taken = { stdout: 'behind TLS\n', stderr: '', status: 0 };
    const env = { DOCKER_HOST: host };
    expect(await it.with(env, '--tlsverify', '--tlscacert', join(folder, 'ca.pem'), ...ask)).toEqual(taken);
    expect(await it.with({ ...env, DOCKER_TLS_VERIFY: '1', DOCKER_CERT_PATH: folder }, ...ask)).toEqual(taken);
    await it.docker('context', 'create', 'tls', '--docker', `host=${host},ca=${join(folder, 'ca.pem')}`);
    expect(await it.docker('-c', 'tls', ...ask)).toEqual(taken);
    const refused = await it.with(env, '--tlsverify', '--tlscacert', join(folder, 'other.pem'), 'images');
    expect(refused).toEqual({
      status: 1,
      stdout: '',
      stderr: `error during connect: Get "${host.replace('tcp', 'https')}/v1.50/images/json": tls: failed to verify certificate: x509: certificate signed by unknown authority\n`,
    });
  });
});

describe('an Engine by ssh', () => {
  const script = (folder: string, body: string): Promise<void> =>
    writeFile(join(folder, 'ssh'), `#!/bin/sh\necho "$@" >> '${folder}/asked'\n${body}\n`).then(() =>
      chmod(join(folder, 'ssh'), 0o755),
    );

  test('is asked through the dial-stdio of its docker', async () => {
    await using it = await startDocker();
    const path = it.running.address.kind === 'unix' ? it.running.address.path : '';
    const node = `const s = require('net').connect('${path}'); process.stdin.pipe(s).pipe(process.stdout)`;
    await script(it.running.folder, `exec '${process.execPath}' -e "${node}"`);
    vi.stubEnv('PATH', `${it.running.folder}${delimiter}${process.env.PATH}`);
    const asked = await it.with({ DOCKER_HOST: 'ssh://me@engine:22' }, 'version', '--format', '{{.Server.Version}}');
    expect(asked).toEqual({ stdout: '1.2.3\n', stderr: '', status: 0 });
  });

  test('does not keep us, though its ssh goes on', async () => {
    await using it = await startDocker();
    const path = it.running.address.kind === 'unix' ? it.running.address.path : '';
    const node = `process.on('SIGTERM', () => 0); const s = require('net').connect('${path}'); process.stdin.pipe(s).pipe(process.stdout); setTimeout(() => 0, 60_000)`;
    await script(it.running.folder, `echo $$ > '${it.running.folder}/pid'; exec '${process.execPath}' -e "${node}"`);
    vi.stubEnv('PATH', `${it.running.folder}${delimiter}${process.env.PATH}`);
    expect(await it.with({ DOCKER_HOST: 'ssh://engine' }, 'images', '-q')).toMatchObject({ status: 0 });
    const handles = process.getActiveResourcesInfo().filter((kind) => kind === 'ProcessWrap');
    process.kill(Number(await readFile(join(it.running.folder, 'pid'), 'utf8')), 'SIGKILL');
    expect(handles).toEqual([]);
  });

  test('that ssh can not reach is said with what ssh said', async () => {
    await using it = await startDocker();
    await script(it.running.folder, 'echo "no route" >&2; exit 255');
    vi.stubEnv('PATH', `${it.running.folder}${delimiter}${process.env.PATH}`);
    const { status, stderr } = await it.with({ DOCKER_HOST: 'ssh://engine' }, 'images');
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr:
        'error during connect: Get "http://docker.example.com/v1.50/images/json": command [ssh -o ConnectTimeout=30 -T -- engine docker system dial-stdio] has exited with exit status 255, make sure the URL is valid, and Docker 18.09 or later is installed on the remote host: stderr=no route\n\n',
    });
  });
});

function watched(app: NodeApp, see: (request: Request) => void): NodeApp {
  const fetch = app.fetch.bind(app);
  return Object.assign(Object.create(app) as NodeApp, {
    fetch: ((request, ...rest) => {
      see(request);
      return fetch(request, ...rest);
    }) as NodeApp['fetch'],
  });
}
