import { generateKeyPairSync } from 'node:crypto';
import { cp, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Invocation, readTranscript } from './transcript.ts';
import { type Performance, setTrustStage, type TrustStage } from './trust-stage.ts';

/** Of the two test images, which everyone computes alike. */
const DIGESTS = /^(b351cc62|32af906c)/;

/** Keys and times differ from run to run; nothing else may. */
function withoutRunValues(text: string): string {
  return text
    .replace(/\bID [0-9a-f]{7}\b/g, 'ID KEY')
    .replace(/\b[0-9a-f]{64}\b/g, (hex) => (DIGESTS.test(hex) ? hex : 'KEYID'))
    .replace(/^(\S+ +)([0-9a-f]{12}(?:, [0-9a-f]{12})*)$/gm, '$1KEYS')
    .replace(/\[y\/N\] [yn]\n/g, '[y/N] ') // the terminal's echo
    .replace(/time="[^"]*"/g, 'time="TIME"')
    .replace(/dial tcp 127\.[\d.]+:\d+/g, 'dial tcp ADDRESS');
}

function comparable({ stdout, stderr, terminal, status }: Performance | Invocation, isTerminal: boolean) {
  return {
    stdout: isTerminal ? '' : withoutRunValues(stdout),
    stderr: isTerminal ? '' : withoutRunValues(stderr),
    terminal: isTerminal ? withoutRunValues(terminal) : '',
    status,
  };
}

/** A command of docker's alone, without the shell having a part in it, that was called as it should be. */
function isOurs({ command, stderr, status, stdout }: Invocation): boolean {
  const isUsage = stderr.startsWith("docker: '") || stdout.startsWith('Usage:') || stderr.startsWith('Usage:');
  return /^docker (pull|push|trust) [^|&;]*$/.test(command) && !isUsage && status >= 0;
}

async function performAlike(stage: TrustStage, invocation: Invocation): Promise<void> {
  const isTerminal = invocation.terminal !== '';
  const performed = comparable(piped(invocation, await stage.perform(invocation)), isTerminal);
  const { command } = invocation;
  expect({ command, ...performed }).toEqual({ command, ...comparable(invocation, isTerminal) });
}

function piped({ command }: Invocation, performed: Performance): Performance {
  if (!command.endsWith('| tail -1')) return performed;
  return { ...performed, stdout: `${performed.stdout.split('\n').at(-2)}\n`, status: 0 };
}

describe('docker 28 prints the same as we do, byte for byte, in', () => {
  test.each([
    { recording: '01-page-tty', what: 'the page in a terminal' },
    { recording: '02-page-notty', what: 'the page without a terminal' },
    { recording: '03-tags-digests', what: 'several tags' },
  ])('$what', async ({ recording }) => {
    await using stage = await setTrustStage(recording);
    for (const invocation of readTranscript(`${recording}.txt`).filter(isOurs)) await performAlike(stage, invocation);
  });

  test('trust inspect', async () => {
    await using stage = await setTrustStage('03-tags-digests');
    const pushes = readTranscript('03-tags-digests.txt').filter(({ command }) =>
      /^docker push \S+:(latest|v2)$/.test(command),
    );
    for (const push of pushes.slice(0, 2)) await stage.perform(push);
    for (const inspection of readTranscript('04-trust-inspect.txt').filter(isOurs)) {
      if (inspection.command.endsWith(' a b')) continue; // names of Docker Hub
      await performAlike(stage, inspection);
    }
  });

  test('what another machine without keys may do', async () => {
    await using stage = await setTrustStage('09-other-machine-without-keys');
    const image = 'sandboxregistry:5000/test/trusttest:latest';
    await stage.sign(
      join(stage.home, 'other'),
      image,
      `sha256:b351cc620547e39743bda780447222eba66d7cbfd398c28a274532161832c6bb`,
    );
    for (const invocation of readTranscript('09-other-machine-without-keys.txt').filter(isOurs)) {
      await performAlike(stage, invocation);
    }
  });

  test('passphrases given wrongly, and a trust server that does not answer or answers wrongly', async () => {
    await using stage = await setTrustStage('10-errors-passphrase-server');
    const statuses = [undefined, 500, 502, 503, 401, 403, 404];
    for (const invocation of readTranscript('10-errors-passphrase-server.txt')) {
      const { command, environment, input } = invocation;
      const server = environment.DOCKER_CONTENT_TRUST_SERVER ?? '';
      const isElsewhere = server.endsWith(':4451');
      if (command.includes('rm -rf .docker/trust')) await rm(join(stage.home, '.docker/trust'), { recursive: true });
      if (!isOurs({ ...invocation, command: command.replace(' | tail -1', '') })) continue;
      if (server.endsWith('/') && server.length > 'https:///'.length) continue; // a slash at the end does no harm here
      if (isElsewhere && command.startsWith('docker pull') && command.endsWith('/err:latest'))
        stage.answerElsewhere(statuses.shift());
      if (!isElsewhere && statuses.length === 0) await stage.forget();
      // Of four lines that are piped in docker uses two, and is then left without; here all four would serve.
      const piped = input === '' ? {} : { input: 'sandbox-passphrase\nsandbox-passphrase\n' };
      await performAlike(stage, { ...invocation, ...piped });
    }
    expect(statuses).toEqual([]);
  });

  test('trust key and trust signer', async () => {
    await using stage = await setTrustStage('05-trust-keys-signers');
    await mkdir(join(stage.home, 'keys'));
    for (const invocation of readTranscript('05-trust-keys-signers.txt')) {
      const { command } = invocation;
      if (command.startsWith('docker trust signer remove -f')) break; // which does nothing in docker 28
      const bare = command.replace(/^mkdir -p keys && (.*) && ls keys$/, '$1');
      const stdout = bare === command ? invocation.stdout : invocation.stdout.replace(/bob\.pub\n$/, '');
      if (isOurs({ ...invocation, command: bare })) await performAlike(stage, { ...invocation, command: bare, stdout });
    }
  });

  test('trust key load', async () => {
    await using stage = await setTrustStage('05-trust-keys-signers');
    await writeKeyFiles(stage.home);
    const loads = readTranscript('05-trust-keys-signers.txt').filter(({ command }) =>
      command.startsWith('docker trust key load'),
    );
    expect(loads).toHaveLength(9);
    for (const load of loads) await performAlike(stage, load);
  });

  test('trust sign and trust revoke', async () => {
    await using stage = await setTrustStage('07-trust-sign-revoke');
    for (const invocation of readTranscript('07-trust-sign-revoke.txt')) {
      const [login, ...commands] = invocation.command.split('; ');
      if (!login?.startsWith('printf')) {
        if (isOurs(invocation)) await performAlike(stage, invocation);
        continue;
      }
      const config = join(stage.home, '.docker/config.json');
      await writeFile(config, /'({.*})'/.exec(login)?.[1] ?? '');
      const parts = [];
      for (const command of commands.slice(0, 2)) parts.push(await stage.perform({ ...invocation, command }));
      await rm(config);
      const joined = {
        stdout: parts.map(({ stdout }) => stdout).join(''),
        stderr: parts.map(({ stderr }) => stderr).join(''),
      };
      expect(comparable({ ...joined, terminal: '', status: 0 }, false)).toEqual(comparable(invocation, false));
    }
  });

  test('trust commands in a terminal', async () => {
    await using stage = await setTrustStage('06-trust-interactive-tty');
    for (const invocation of readTranscript('06-trust-interactive-tty.txt').filter(isOurs)) {
      if (invocation.input.includes('\x03')) continue; // one Ctrl-C is enough here
      await performAlike(stage, invocation);
    }
  });

  test('signing in two places', async () => {
    await using stage = await setTrustStage('18-signing-in-two-places');
    await stage.sign(
      stage.home,
      'sandboxregistry:5000/test/two:latest',
      `sha256:b351cc620547e39743bda780447222eba66d7cbfd398c28a274532161832c6bb`,
    );
    await cp(join(stage.home, '.docker/trust/private'), join(stage.home, 'two/.docker/trust/private'), {
      recursive: true,
    });
    for (const invocation of readTranscript('18-signing-in-two-places.txt')) {
      const command = invocation.command.replace(/^HOME=\S+ /, '');
      const elsewhere = command === invocation.command ? {} : { HOME: join(stage.home, 'two') };
      const moved = { ...invocation, command, environment: { ...invocation.environment, ...elsewhere } };
      if (isOurs(moved)) await performAlike(stage, moved);
    }
  });
});

/** What docker 28 does not do is done here: `docs/differences.md`. */
describe('docker 28 prints the same as we do where somebody is hostile, in', () => {
  test('pulls of an image whose manifest was exchanged or changed in the registry', async () => {
    await using stage = await setTrustStage('12-tampered-manifest');
    const played = readTranscript('12-tampered-manifest.txt').filter(isOurs);
    expect(played).toHaveLength(8);
    for (const invocation of played) await performAlike(stage, invocation);
  });

  test('a trust server that gives out again what it has replaced', async () => {
    await using stage = await setTrustStage('14-hostile-trust-server-rollback');
    const played = readTranscript('14-hostile-trust-server-rollback.txt');
    expect(played).toHaveLength(9);
    for (const invocation of played) {
      const bare = invocation.command.replace('rm -rf .docker/trust/tuf; ', '');
      if (bare !== invocation.command) await rm(join(stage.home, '.docker/trust/tuf'), { recursive: true });
      await performAlike(stage, { ...invocation, command: bare });
      if (invocation === played[0]) await stage.remember('sandboxregistry:5000/test/roll');
    }
  });
});

test('docker 28 prints the same as we do of two signers, until one of them is removed', async () => {
  await using stage = await setTrustStage('25-signer-remove-not-last');
  const all = readTranscript('25-signer-remove-not-last.txt');
  const removal = all.findIndex(({ command }) => command.startsWith('docker trust signer remove'));
  for (const invocation of all.slice(0, removal)) await performAlike(stage, invocation);
  const [remove] = all.slice(removal);
  if (!remove) throw new Error('nobody is removed in the recording');
  const { stdout, status } = await stage.perform(remove);
  expect({ stdout, status }).toEqual({
    stdout: `${remove.stdout}Successfully removed carol from sandboxregistry:5000/test/notlast\n\n`, // docker does nothing
    status: 0,
  });
});

/** What the recording makes by openssl. */
async function writeKeyFiles(home: string): Promise<void> {
  const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const sec1 = { type: 'sec1', format: 'pem' } as const;
  const rsa = (modulusLength: number) => generateKeyPairSync('rsa', { modulusLength }).privateKey;
  const files: readonly (readonly [string, string | Buffer, number])[] = [
    ['ext.pem', ec.privateKey.export(sec1), 0o600],
    ['open.pem', ec.privateKey.export(sec1), 0o644],
    ['ext.pub', ec.publicKey.export({ type: 'spki', format: 'pem' }), 0o644],
    ['rsa.pem', rsa(2048).export({ type: 'pkcs1', format: 'pem' }), 0o600],
    ['rsa1024.pem', rsa(1024).export({ type: 'pkcs1', format: 'pem' }), 0o600],
    ['junk.pem', 'junk\n', 0o600],
    ['legacy.pem', ec.privateKey.export({ ...sec1, cipher: 'aes256', passphrase: 'legacy-pass' }), 0o600],
  ];
  for (const [name, text, mode] of files) await writeFile(join(home, name), text, { mode });
}
