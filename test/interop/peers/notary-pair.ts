import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { systemClock } from '../../../src/core/index.ts';
import { createCertificateAuthority, issueServerCertificate } from '../../../src/pki/index.ts';
import { comparableNotary } from '../../notary-output.ts';
import { Terminal } from '../../sandbox/terminal.ts';
import { startNotaryServer } from './notary-server.ts';
import { type Outcome, plainEnvironment, run, withHosts } from './run.ts';
import { createWorkspace, type Workspace } from './workspace.ts';

const OURS = join(import.meta.dirname, '../../../bin/trustsandbox.cjs');
const PASSPHRASES = Object.fromEntries(
  ['ROOT', 'TARGETS', 'SNAPSHOT', 'DELEGATION'].map((role) => [`NOTARY_${role}_PASSPHRASE`, 'sandbox-passphrase']),
);

/** Ends with a question: `…: ` or `(yes/no)  `. */
const QUESTION = /(?:: |\(yes\/no\)\s*)$/;

export const SERVER_URL = 'https://notaryserver:4443';

/** Who takes a step: the real notary, ours, or both in turns. */
export type Player = 'real' | 'ours' | 'ours, then real' | 'real, then ours';

/** The real notary, or ours in its place, in a home of its own, and a notary-server that it alone uses. */
export interface NotarySide extends AsyncDisposable {
  readonly workspace: Workspace;
  notary(args: readonly string[], options?: NotaryOptions): Promise<Outcome>;
  /** In a terminal of 120 columns; `answers` are typed, each when something has been asked. */
  terminal(args: readonly string[], answers: readonly string[]): Promise<Outcome>;
  /** Any program, in the same home. */
  shell(script: string): Promise<Outcome>;
}

export interface NotaryOptions {
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Without the passphrases in the environment. */
  readonly withoutPassphrases?: boolean;
}

/** One home; `address` is where its notary-server is, which everybody knows as `notaryserver`. */
export async function openNotarySide(who: Player, address: string): Promise<NotarySide> {
  const workspace = await createWorkspace();
  const ca = createCertificateAuthority({ clock: systemClock });
  const tls = issueServerCertificate({ ca, dnsNames: ['notaryserver'], ipAddresses: [address], clock: systemClock });
  const server = await startNotaryServer(workspace, { host: address, port: 4443 }, { ...tls, ca: ca.cert });
  await mkdir(workspace.at('.notary'));
  await writeFile(workspace.at('.notary', 'ca.crt'), ca.cert);
  await writeFile(
    workspace.at('.notary', 'config.json'),
    JSON.stringify({ trust_dir: '~/.notary', remote_server: { url: SERVER_URL, root_ca: 'ca.crt' } }),
  );
  const hosts = { notaryserver: address };
  const home = { HOME: workspace.path };
  const turns = who.split(', then ');
  let turn = 0;
  return {
    workspace,
    notary(args, { input = '', env = {}, withoutPassphrases = false } = {}) {
      const isReal = turns[turn % turns.length] === 'real';
      turn += 1;
      const [program, ...first] = isReal ? ['notary'] : [process.execPath, process.env.OURS ?? OURS];
      const given = { ...home, ...(withoutPassphrases ? {} : PASSPHRASES), TRUSTSANDBOX_PROGRAM: 'notary', ...env };
      return run(program ?? '', [...first, ...args], { hosts, input, env: given, cwd: workspace.path });
    },
    async terminal(args, answers) {
      const isReal = turns[turn % turns.length] === 'real';
      turn += 1;
      const program = isReal ? ['notary'] : [process.execPath, process.env.OURS ?? OURS];
      const [file = '', ...words] = withHosts([...program, ...args], hosts);
      const env = plainEnvironment({ ...home, TRUSTSANDBOX_PROGRAM: 'notary' });
      using terminal = new Terminal(file, words, { cwd: workspace.path, env });
      let stdout = '';
      for (const answer of answers) {
        stdout += await terminal.until(QUESTION);
        terminal.type(`${answer}\r`);
      }
      const status = await terminal.exit;
      return {
        command: args.join(' '),
        status,
        stdout: (stdout + terminal.rest()).replaceAll('\r\n', '\n'),
        stderr: '',
      };
    },
    shell: (script) => run('sh', ['-c', script], { env: home, cwd: workspace.path }),
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await workspace[Symbol.asyncDispose]();
    },
  };
}

/** An outcome as text, without what differs from run to run. */
export function comparable({ status, stdout, stderr }: Outcome, workspace: Workspace): string {
  return `exit ${status}\n${lines('out', comparableNotary(stdout, workspace.path))}${lines('err', comparableNotary(stderr, workspace.path))}`;
}

const lines = (stream: string, text: string): string =>
  text === ''
    ? ''
    : `${text
        .split('\n')
        .map((line) => `${stream}| ${line}`)
        .join('\n')}\n`;
