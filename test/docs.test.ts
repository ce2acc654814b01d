import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { copyFile, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { systemClock } from '../src/core/index.ts';
import { NotaryClient } from '../src/notary/client/index.ts';
import { createCertificateAuthority, issueServerCertificate } from '../src/pki/index.ts';
import { defaultExpires } from '../src/tuf/index.ts';
import { files, publishNew } from './notary/running-server.ts';
import { type OwnSandbox, openOwnSandbox } from './sandbox/own-sandbox.ts';
import { Terminal } from './sandbox/terminal.ts';
import { signTargets } from './tuf-repository.ts';

const ROOT = join(import.meta.dirname, '..');
const PASSPHRASE = 'a long passphrase, typed';

interface Block {
  /** Where its commands are typed. */
  readonly place: string;
  readonly commands: readonly string[];
}

/** The shell blocks of a page. A comment at a line's end is no part of the command. */
function readBlocks(file: string): Block[] {
  const text = readFileSync(join(ROOT, file), 'utf8');
  return [...text.matchAll(/^```sh ?(\w*)\n(.*?)^```$/gms)].map(([, place = '', body = '']) => ({
    place,
    commands: body
      .trim()
      .split('\n')
      .map((line) => line.replace(/ +# .*$/, '')),
  }));
}

/** bash tells the terminal how pasted text shall come. */
const BRACKETED_PASTE = /\x1b\[\?2004[hl]\r?/g;

const PROMPTS: Readonly<Record<string, RegExp>> = {
  host: /host\$ $/,
  client: /\/ # $/,
  registry: /root@[0-9a-f]{12}:\S*# $/,
};

/** A shell of the host with `trustsandbox` on hand, as the README has it. */
function openShell({ folder, env, program }: OwnSandbox): Terminal {
  const shell = new Terminal('bash', ['--norc', '-i'], { cwd: folder, env: { ...env, PS1: 'host$ ' }, columns: 240 });
  shell.type(`trustsandbox() { '${process.execPath}' '${program}' "$@"; }\r`);
  return shell;
}

/** Types a command at a prompt and answers what it asks; resolves to its output once `next` prompt is there. */
async function call(terminal: Terminal, command: string, next: RegExp): Promise<string> {
  terminal.type(`${command}\r`);
  await terminal.until(/\r\n/);
  for (let output = ''; ; ) {
    output += await terminal.until(new RegExp(`${next.source}|passphrase for [^\r\n]*: $`), 60_000);
    if (next.test(output)) return output.replace(next, '').replace(BRACKETED_PASTE, '');
    terminal.type(`${PASSPHRASE}\r`);
  }
}

test('docs/walkthrough.md is played as it stands, and each of its commands ends as it says', {
  timeout: 120_000,
}, async () => {
  await using sandbox = await openOwnSandbox('walk');
  await copyFile(join(ROOT, 'docs/page/compose.yaml'), join(sandbox.folder, 'compose.yaml'));
  using first = openShell(sandbox);
  using second = openShell(sandbox);
  const terminals: Record<string, Terminal> = { host: first, client: first, registry: second };
  for (const shell of [first, second]) await shell.until(/host\$ .*host\$ $/s);

  const refused: string[] = [];
  for (const { place, commands } of readBlocks('docs/walkthrough.md')) {
    for (const written of commands) {
      const isRegistryDoor = written.endsWith('sandboxregistry bash');
      const terminal = isRegistryDoor ? second : terminals[place];
      const prompt = PROMPTS[isRegistryDoor ? 'registry' : written.endsWith('trustsandbox sh') ? 'client' : place];
      if (!terminal || !prompt)
        throw new Error(`a block of docs/walkthrough.md says neither host, client nor registry: ${place}`);
      if (written === 'trustsandbox compose down -v') {
        await call(first, 'exit', PROMPTS.host ?? prompt);
        await call(second, 'exit', PROMPTS.host ?? prompt);
      }
      const output = await call(terminal, written, prompt);
      if (/_layers\/sha256$/.test(written)) {
        const images = await call(first, 'docker image ls -q --no-trunc', PROMPTS.client ?? prompt);
        const id = /[0-9a-f]{64}/.exec(images)?.[0] ?? '';
        const layer = (output.match(/[0-9a-f]{64}/g) ?? []).find((hex) => hex !== id) ?? '';
        await call(second, `LAYER=${layer} AA=${layer.slice(0, 2)}`, prompt);
        await call(first, `ID=${id.slice(0, 12)}`, PROMPTS.client ?? prompt);
      }
      if (/(walk\$|exec -it)/.test(written)) continue;
      if ((await call(terminal, 'echo $?', prompt)).trim() !== '0') refused.push(written);
    }
  }
  const pull = 'docker pull sandboxregistry:5000/test/trusttest';
  expect(refused).toEqual([pull, pull]); // unsigned, and tampered
});

test('npm start plays the page and reaches every verdict', { timeout: 60_000 }, async () => {
  await using sandbox = await openOwnSandbox('none');
  const { stdout, status } = await sandbox.run(['walkthrough']);
  expect(status).toBe(0);
  expect(stdout.match(/✔ .*(?=:)/g)).toEqual([
    '✔ unsigned refused',
    '✔ signed push',
    '✔ trusted pull',
    '✔ tampered refused',
  ]);
});

test('the README shows commands of the walk-through, and a few that are run here', { timeout: 60_000 }, async () => {
  await using sandbox = await openOwnSandbox('readme');
  const own = ['trustsandbox up', 'trustsandbox down -v'];
  for (const command of own) {
    expect(await sandbox.run(command.split(' ').slice(1)), command).toMatchObject({ status: 0 });
  }
  const played = new Set(readBlocks('docs/walkthrough.md').flatMap(({ commands }) => commands));
  const known = new Set([
    ...played,
    ...own,
    'npm start',
    'npm test',
    'alias trustsandbox=/path/to/clone/bin/trustsandbox.cjs',
  ]);
  const shown = readBlocks('README.md').flatMap(({ commands }) => commands);
  expect(shown.filter((command) => !known.has(command))).toEqual([]);
});

test('the compose file in docs/page is the one that is played without a file', async () => {
  const { PAGE_COMPOSE_FILE } = await import('../src/sandbox/page-compose-file.ts');
  expect(PAGE_COMPOSE_FILE).toBe(readFileSync(join(ROOT, 'docs/page/compose.yaml'), 'utf8'));
});

test('docs/registry.md: its configuration is served, and its commands work beside the server', {
  timeout: 60_000,
}, async () => {
  await using sandbox = await openOwnSandbox('registry');
  const text = readFileSync(join(ROOT, 'docs/registry.md'), 'utf8');
  for (const [, name = '', body = ''] of text.matchAll(/^```yaml (\S+)\n(.*?)^```$/gms)) {
    const [registry, debug] = await Promise.all([freeAddress(), freeAddress()]);
    await writeFile(
      join(sandbox.folder, name),
      body.replace('127.0.0.1:5000', registry).replace('127.0.0.1:5001', debug),
    );
  }
  const commands = readBlocks('docs/registry.md').flatMap((block) => block.commands);
  const server = 'trustsandbox serve registry registry.yml';
  expect(commands).toContain(server);
  const words = (command: string): string[] => command.split(' ').slice(1);
  for (const command of commands.slice(0, commands.indexOf(server))) {
    expect(await sandbox.run(words(command), { input: 'a password\n' }), command).toMatchObject({ status: 0 });
  }
  using serving = new Terminal(process.execPath, [sandbox.program, ...words(server)], {
    cwd: sandbox.folder,
    env: sandbox.env,
  });
  await serving.until(/listening url=http/);
  for (const command of commands.slice(commands.indexOf(server) + 1)) {
    expect(await sandbox.run(words(command)), command).toMatchObject({ status: 0 });
  }
  serving.type('\x03');
  expect(await serving.exit).toBe(0);
});

test('docs/notary.md: its configuration is served, and its commands work beside the server', {
  timeout: 60_000,
}, async () => {
  await using sandbox = await openOwnSandbox('notary');
  const text = readFileSync(join(ROOT, 'docs/notary.md'), 'utf8');
  const [address, debug] = await Promise.all([freeAddress(), freeAddress()]);
  for (const [, name = '', body = ''] of text.matchAll(/^```json (\S+)\n(.*?)^```$/gms)) {
    const own = body.replace('127.0.0.1:4443', address).replace('127.0.0.1:8080', debug);
    await writeFile(join(sandbox.folder, name), own);
  }
  const ca = createCertificateAuthority({ clock: systemClock });
  const tls = issueServerCertificate({ ca, dnsNames: ['localhost'], ipAddresses: ['127.0.0.1'], clock: systemClock });
  await writeFile(join(sandbox.folder, 'server.crt'), tls.cert);
  await writeFile(join(sandbox.folder, 'server.key'), tls.key);
  const commands = readBlocks('docs/notary.md').flatMap((block) => block.commands);
  const server = 'trustsandbox serve notary server.json';
  const at = commands.indexOf(server);
  for (const command of commands.slice(0, at)) execFileSync('sh', ['-c', command], { cwd: sandbox.folder });
  using serving = new Terminal(process.execPath, [sandbox.program, ...server.split(' ').slice(1)], {
    cwd: sandbox.folder,
    env: sandbox.env,
  });
  await serving.until(/listening url=https/);
  using client = new NotaryClient({ url: `https://${address}`, ca: ca.cert });
  const { name: gun, ...repository } = await publishNew(client, 'example.com/app');
  const expires = defaultExpires('targets', new Date());
  await client.publish(gun, files({ targets: (await signTargets(repository, { version: 2, expires })).bytes }));
  for (const command of commands.slice(at + 1)) {
    expect(await sandbox.run(command.split(' ').slice(1)), command).toMatchObject({ status: 0 });
  }
  expect(await (await fetch(`http://${debug}/debug/health`)).text()).toBe('{}');
  serving.type('\x03');
  expect(await serving.exit).toBe(0);
});

test('docs/trust.md: each of its commands ends well beside a sandbox', { timeout: 120_000 }, async () => {
  await using sandbox = await openOwnSandbox('trust');
  const image = 'sandboxregistry:5000/test/trusttest:v1';
  const env = {
    DOCKER_CONTENT_TRUST: '1',
    DOCKER_CONTENT_TRUST_SERVER: 'https://notaryserver:4443',
    DOCKER_CONTENT_TRUST_ROOT_PASSPHRASE: PASSPHRASE,
    DOCKER_CONTENT_TRUST_REPOSITORY_PASSPHRASE: PASSPHRASE,
  };
  const text = readFileSync(join(ROOT, 'docs/trust.md'), 'utf8');
  const [, dockerfile = ''] = /^```dockerfile Dockerfile\n(.*?)^```$/ms.exec(text) ?? [];
  await writeFile(join(sandbox.folder, 'Dockerfile'), dockerfile);
  const prepared = [
    'up',
    'pull --disable-content-trust docker/trusttest',
    `tag docker/trusttest ${image}`,
    `push ${image}`,
  ];
  const shown = readBlocks('docs/trust.md').flatMap(({ commands }) => commands);
  const typed = shown
    .filter((command) => !command.startsWith('export '))
    .map((command) => command.replace(/^trustsandbox /, ''));
  expect(typed.length).toBeGreaterThan(8);
  for (const command of [...prepared, ...typed]) {
    expect(await sandbox.run(command.split(' '), { env }), command).toMatchObject({ status: 0 });
  }
});

test('docs/lessons.md: each of its commands works, and a lesson just begun is not done', async () => {
  await using sandbox = await openOwnSandbox('school');
  const commands = readBlocks('docs/lessons.md').flatMap((block) => block.commands);
  const statuses: Record<string, number> = {};
  for (const command of commands) {
    const typed = command.replace(/^trustsandbox /, '');
    statuses[typed] = (await sandbox.run(typed.split(' '))).status;
  }
  expect(statuses).toEqual({
    up: 0,
    'lesson list': 0,
    'lesson start first-push': 0,
    'lesson hint': 0,
    'lesson check': 1,
  });
});

test('docs/docker.md: each of its commands ends well', { timeout: 60_000 }, async () => {
  await using sandbox = await openOwnSandbox('docker');
  for (const { commands } of readBlocks('docs/docker.md')) {
    for (const command of commands) {
      const words = (command.match(/'[^']*'|\S+/g) ?? []).slice(1).map((word) => word.replaceAll("'", ''));
      expect(await sandbox.run(words), command).toMatchObject({ status: 0 });
    }
  }
});

/** An address of this machine that nobody listens on. */
async function freeAddress(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return `127.0.0.1:${port}`;
}
