import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Io } from '../../src/cli/io.ts';
import { runNotary } from '../../src/cli/notary/program.ts';
import { captureOutput } from '../../src/cli/testing/capture.ts';
import { testIo } from '../../src/cli/testing/io.ts';
import { Started, systemClock } from '../../src/core/index.ts';
import { listen } from '../../src/http/index.ts';
import { createNotaryServer, openNotaryDatabase } from '../../src/notary/index.ts';
import { createCertificateAuthority, issueServerCertificate } from '../../src/pki/index.ts';
import { run } from '../interop/peers/run.ts';
import { comparableNotary } from '../notary-output.ts';
import { type Invocation, readTranscript } from './transcript.ts';

let home: string;
let running: AsyncDisposable;
let server: { readonly host: string; readonly port: number };

/** A Notary server of ours as `notaryserver:4443`; nobody at other ports of it. */
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'notary-'));
  await using started = new Started();
  const ca = createCertificateAuthority({ clock: systemClock });
  const tls = issueServerCertificate({ ca, clock: systemClock, dnsNames: ['notaryserver'] });
  const database = started.add(await openNotaryDatabase(':memory:'));
  const { app } = createNotaryServer({ database, keys: { secret: randomBytes(32) } });
  const { address } = started.add(await listen(app, { kind: 'tcp', host: '127.0.0.1', port: 0 }, tls));
  server = { host: '127.0.0.1', port: 'port' in address ? address.port : 0 };
  await mkdir(join(home, '.notary'));
  await writeFile(join(home, '.notary', 'root-ca.crt'), ca.cert);
  const remote = { url: 'https://notaryserver:4443', root_ca: 'root-ca.crt' };
  await writeFile(join(home, '.notary', 'config.json'), JSON.stringify({ remote_server: remote }));
  running = started.keep();
});
afterEach(async () => {
  await running[Symbol.asyncDispose]();
  await rm(home, { recursive: true, force: true });
});

/** Gives one command of a transcript again: ours for `notary`, the shell for others. */
async function perform(command: string, environment: Invocation['environment']) {
  const [words = '', file] = command.split(' < ');
  if (!words.startsWith('notary')) return run('sh', ['-c', command], { cwd: home, env: { HOME: home } });
  const [stdout, stderr] = [captureOutput(), captureOutput()];
  const stream = new PassThrough();
  stream.end(file ? 'hello world\n' : '');
  const io: Io = testIo({
    program: 'notary',
    env: { ...environment, HOME: home },
    cwd: home,
    stdin: { isTerminal: false, raw: stream as unknown as Io['stdin']['raw'] },
    stdout,
    stderr,
  });
  const status = await runNotary(words.split(' ').slice(1), io, async () => ({
    home,
    dockerHost: '',
    dockerConfig: home,
    caBundle: undefined,
    names: { find: (_, port) => (port === 4443 ? server : { host: '127.0.0.1', port: 9 }) },
  }));
  return { status, stdout: stdout.text, stderr: stderr.text };
}

/** Pipes, and what the shell sees of files that are the real program's own. */
const isPlayable = ({ command }: Invocation): boolean => !/[|]|2>&1|^cat |^find |-D /.test(command);

describe('notary 0.7 printed the same as ours, in', () => {
  test.each(['20-notary-cli-basic', '21-notary-cli-delegation'])('%s', async (recording) => {
    const played = readTranscript(`${recording}.txt`).filter(isPlayable);
    expect(played.length).toBeGreaterThan(40);
    for (const invocation of played) {
      const outcomes = [];
      for (const command of invocation.command.split('; '))
        outcomes.push(await perform(command, invocation.environment));
      const joined = {
        stdout: outcomes.map(({ stdout }) => stdout).join(''),
        stderr: outcomes.map(({ stderr }) => stderr).join(''),
        status: outcomes.at(-1)?.status,
      };
      expect.soft(comparable(invocation.command, joined)).toEqual(comparable(invocation.command, invocation));
    }
  });
});

const comparable = (
  command: string,
  { stdout, stderr, status }: { stdout: string; stderr: string; status: number | undefined },
) => ({
  command,
  stdout: comparableNotary(stdout, home),
  stderr: comparableNotary(stderr, home),
  status,
});
