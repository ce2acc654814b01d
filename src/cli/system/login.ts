import { DEFAULT_DOMAIN, errorMessage } from '../../core/index.ts';
import { EngineResponseError } from '../../engine/client/index.ts';
import { atMost, defineCommand, ExitError } from '../command.ts';
import {
  findCredentials,
  HUB_SERVER,
  hostOf,
  type StoredCredentials,
  serverOf,
  storeCredentials,
} from '../credentials.ts';
import { withDefaultStore } from '../default-store.ts';
import { type EngineSession, withEngine } from '../engine-session.ts';
import { type Io, printLine } from '../io.ts';
import { readPiped } from '../piped-input.ts';
import { askLine, ioPrompter } from '../prompt.ts';

interface LoginOptions {
  readonly server: string;
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly passwordFromStdin: boolean;
}

/** `login`: tries credentials with a registry and keeps them. */
export const login = defineCommand({
  usage: '[OPTIONS] [SERVER]',
  summary: 'Authenticate to a registry.\nDefaults to Docker Hub if no server is specified.',
  flags: {
    password: { kind: 'string', short: 'p', help: 'Password or Personal Access Token (PAT)' },
    'password-stdin': { kind: 'boolean', help: 'Take the Password or Personal Access Token (PAT) from stdin' },
    username: { kind: 'string', short: 'u', help: 'Username' },
  },
  arguments: atMost(1),
  parse: ({ username, password, ...flags }, [server = '']): LoginOptions => ({
    server: readServer(server),
    username,
    password,
    passwordFromStdin: flags['password-stdin'] ?? false,
  }),
  async run(options, io) {
    checkOptions(options);
    await withEngine(io, async (session) => {
      if (await logInAgain(session, options, io)) return;
      const credentials = await readCredentials(options, io);
      const answer = await session.engine.login({ ...credentials, serveraddress: options.server });
      const { IdentityToken: token, Status: status } = answer;
      const identity = typeof token === 'string' && token !== '' ? { identityToken: token } : {};
      await keep(session, options.server, { ...credentials, ...identity }, io);
      printLine(io.stdout, typeof status === 'string' ? status : 'Login Succeeded');
    });
    return 0;
  },
});

function checkOptions({ username, password, passwordFromStdin }: LoginOptions): void {
  if (!passwordFromStdin) return;
  if (password !== undefined) {
    throw new ExitError(1, 'conflicting options: cannot specify both --password and --password-stdin');
  }
  if (username === undefined) {
    throw new ExitError(1, 'the --password-stdin option requires --username to be set');
  }
  if (username === '') throw new ExitError(1, 'username is empty');
}

/** Tries what is kept, where nobody is named. @returns whether the registry took it */
async function logInAgain(session: EngineSession, options: LoginOptions, io: Io): Promise<boolean> {
  if (options.username !== undefined || options.password !== undefined) return false;
  const { engine, config } = session;
  const known = await findCredentials(config, options.server);
  if (!known) return false;
  const { username, password, identityToken } = known;
  printLine(io.stderr, `Authenticating with existing credentials... [Username: ${username}]\n`);
  printLine(
    io.stderr,
    " Info -> To login with a different account, run 'docker logout' followed by 'docker login'\n\n",
  );
  const auth = identityToken ? { username, identitytoken: identityToken } : { username, password };
  try {
    const { Status: status } = await engine.login({ ...auth, serveraddress: options.server });
    await keep(session, options.server, known, io);
    printLine(io.stdout, typeof status === 'string' ? status : 'Login Succeeded');
    return true;
  } catch (thrown) {
    if (!(thrown instanceof EngineResponseError)) throw thrown;
    printLine(io.stderr, `Login did not succeed, error: ${thrown.message}`);
    return false;
  }
}

/** @throws {ExitError} they can't be kept */
async function keep({ config }: EngineSession, server: string, it: StoredCredentials, io: Io): Promise<void> {
  try {
    const isSafe = await storeCredentials(await withDefaultStore(config, io), server, it);
    if (!isSafe) warnOfPlainText(io, config.path);
  } catch (cause) {
    throw new ExitError(1, `Error saving credentials: ${errorMessage(cause)}`, { cause });
  }
}

/** A registry as `config.json` names it. */
function readServer(text: string): string {
  const host = hostOf(text);
  return host === '' || host === DEFAULT_DOMAIN || host === 'index.docker.io' ? HUB_SERVER : serverOf(host);
}

async function readCredentials(options: LoginOptions, io: Io): Promise<{ username: string; password: string }> {
  const { username, password, passwordFromStdin } = options;
  if (password !== undefined) {
    printLine(io.stderr, 'WARNING! Using --password via the CLI is insecure. Use --password-stdin.');
  }
  if (passwordFromStdin) return { username: username ?? '', password: await readPiped(io) };
  if (username && password !== undefined) return { username, password };
  if (!io.stdin.isTerminal) throw new ExitError(1, 'Error: Cannot perform an interactive login from a non TTY device');
  return ask(username, password, io);
}

async function ask(
  username: string | undefined,
  password: string | undefined,
  io: Io,
): Promise<{ username: string; password: string }> {
  const name = username || (await askLine(io, 'Username: '));
  if (!name) throw new ExitError(1, 'Error: Non-null Username Required');
  const secret = password ?? (await ioPrompter(io).askHidden('Password: '));
  printLine(io.stdout);
  if (!secret) throw new ExitError(1, 'Error: Password Required');
  return { username: name, password: secret };
}

function warnOfPlainText({ stderr }: Io, path: string): void {
  printLine(stderr);
  printLine(stderr, `WARNING! Your credentials are stored unencrypted in '${path}'.`);
  printLine(stderr, 'Configure a credential helper to remove this warning. See');
  printLine(stderr, 'https://docs.docker.com/go/credential-store/');
  printLine(stderr);
}
