import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import type { Io } from '../src/cli/io.ts';
import { runNotary } from '../src/cli/notary/program.ts';
import type { Surroundings } from '../src/cli/surroundings.ts';
import { captureOutput } from '../src/cli/testing/capture.ts';
import { testIo } from '../src/cli/testing/io.ts';
import { type Clock, Started, systemClock } from '../src/core/index.ts';
import { listen } from '../src/http/index.ts';
import { createNotaryServer, openNotaryDatabase } from '../src/notary/index.ts';
import { createCertificateAuthority, issueServerCertificate } from '../src/pki/index.ts';

export interface StageOutcome {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface StageOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
}

/** A Notary server of ours known as `notaryserver:4443`, where nobody else listens, and a home whose notary uses it. */
export interface NotaryStage extends AsyncDisposable {
  readonly home: string;
  readonly surroundings: Surroundings;
  /** Time for server and clients; it stands still unless told. */
  readonly clock: Clock & { set(time: Date): void };
  at(...names: string[]): string;
  notary(words: string, options?: StageOptions): Promise<StageOutcome>;
  io(options?: StageOptions & { readonly program?: string }): Io & { outcome(status: number): StageOutcome };
}

export const STAGE_PASSPHRASES = Object.fromEntries(
  ['ROOT', 'TARGETS', 'SNAPSHOT', 'DELEGATION'].map((role) => [`NOTARY_${role}_PASSPHRASE`, 'sandbox-passphrase']),
);

export async function setNotaryStage(): Promise<NotaryStage> {
  const home = await mkdtemp(join(tmpdir(), 'notary-'));
  await using started = new Started();
  let now: Date | undefined;
  const clock = {
    now: () => now ?? systemClock.now(),
    set(time: Date) {
      now = time;
    },
  };
  const ca = createCertificateAuthority({ clock: systemClock });
  const tls = issueServerCertificate({ ca, clock: systemClock, dnsNames: ['notaryserver'] });
  const database = started.add(await openNotaryDatabase(':memory:'));
  const { app } = createNotaryServer({ database, keys: { secret: randomBytes(32) }, clock });
  const { address } = started.add(await listen(app, { kind: 'tcp', host: '127.0.0.1', port: 0 }, tls));
  const server = { host: '127.0.0.1', port: 'port' in address ? address.port : 0 };
  const nobody = { host: '127.0.0.1', port: 9 };
  await mkdir(join(home, '.notary'));
  await writeFile(join(home, '.notary', 'root-ca.crt'), ca.cert);
  const remote = { url: 'https://notaryserver:4443', root_ca: 'root-ca.crt' };
  await writeFile(join(home, '.notary', 'config.json'), JSON.stringify({ remote_server: remote }));
  const surroundings: Surroundings = {
    home,
    dockerHost: '',
    context: { name: 'default', host: undefined, skipsTlsVerify: false, chosenBy: 'nothing' },
    defaultHost: '',
    isSandbox: false,
    sandboxTrustServer: undefined,
    contextFolder: join(home, '.docker'),
    dockerConfig: join(home, '.docker'),
    caBundle: join(home, '.notary', 'root-ca.crt'),
    names: { find: (_, port) => (port === 4443 ? server : nobody) },
    clock: systemClock,
  };
  const io: NotaryStage['io'] = ({ env = {}, input = '', program = 'notary' } = {}) => {
    const [stdout, stderr] = [captureOutput(), captureOutput()];
    const stream = new PassThrough();
    stream.end(input);
    const stdin = { isTerminal: false, raw: stream as unknown as Io['stdin']['raw'] };
    const made = testIo({ program, env: { HOME: home, ...env }, cwd: home, stdin, stdout, stderr, clock });
    return { ...made, outcome: (status) => ({ status, stdout: stdout.text, stderr: stderr.text }) };
  };
  const running = started.keep();
  return {
    home,
    surroundings,
    clock,
    at: (...names) => join(home, ...names),
    async notary(words, options = {}) {
      const given = io({ ...options, env: { ...STAGE_PASSPHRASES, ...options.env } });
      return given.outcome(await runNotary(words === '' ? [] : words.split(' '), given, async () => surroundings));
    },
    io,
    async [Symbol.asyncDispose]() {
      await running[Symbol.asyncDispose]();
      await rm(home, { recursive: true, force: true });
    },
  };
}
