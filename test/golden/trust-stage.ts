import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { findCredentials } from '../../src/cli/credentials.ts';
import { readDockerConfig } from '../../src/cli/docker-config.ts';
import { type Io, printLine } from '../../src/cli/io.ts';
import { showProgress } from '../../src/cli/progress.ts';
import { captureOutput } from '../../src/cli/testing/capture.ts';
import { testIo } from '../../src/cli/testing/io.ts';
import { isContentTrustOn } from '../../src/cli/trust/content-trust.ts';
import { inspectImages } from '../../src/cli/trust/inspect.ts';
import { generateKey } from '../../src/cli/trust/key-generate.ts';
import { loadKey } from '../../src/cli/trust/key-load.ts';
import { resolveImages } from '../../src/cli/trust/resolve.ts';
import { revokeImage } from '../../src/cli/trust/revoke.ts';
import { signImage } from '../../src/cli/trust/sign.ts';
import { addSigner } from '../../src/cli/trust/signer-add.ts';
import { removeSigner } from '../../src/cli/trust/signer-remove.ts';
import { openTrustContext, type TrustContext } from '../../src/cli/trust/trust-context.ts';
import { trustedPull } from '../../src/cli/trust/trusted-pull.ts';
import { trustedPush } from '../../src/cli/trust/trusted-push.ts';
import { errorMessage, formatReference, parseImageReference, withDefaultTag } from '../../src/core/index.ts';
import { listen, type RequestHandler } from '../../src/http/index.ts';
import { openNotaryClient } from '../../src/notary/client/index.ts';
import { createNotaryServer, openNotaryDatabase } from '../../src/notary/index.ts';
import { createCertificateAuthority, issueServerCertificate } from '../../src/pki/index.ts';
import { parseGun, parseRoleName } from '../../src/tuf/index.ts';
import { type RecordedEngine, recordedEngine } from './recorded-engine.ts';
import type { Invocation } from './transcript.ts';

/** What a command is given besides its words. */
type Circumstances = Pick<Invocation, 'environment' | 'input' | 'terminal'>;

export interface Performance {
  readonly stdout: string;
  readonly stderr: string;
  /** Both joined, when there is a terminal. */
  readonly terminal: string;
  readonly status: number;
}

/**
 * Where recorded commands are given again: a Notary server of ours behind TLS at `notaryserver:4443`, a home folder, and
 * the Engine's recorded answers in their order. Nobody answers at any other address.
 */
export interface TrustStage extends AsyncDisposable {
  readonly home: string;
  /** Gives a recorded `docker pull`, `push` or `trust …` again. */
  perform(invocation: Circumstances & Pick<Invocation, 'command'>): Promise<Performance>;
  /** Signs a tag from the machine whose home folder is given, nothing being recorded of it. */
  sign(home: string, image: string, digest: string): Promise<void>;
  /** From now on `notaryserver:4451` answers everything with this status; undefined: nobody does. */
  answerElsewhere(status: number | undefined): void;
  /** What is published of a collection now is what `notaryserver:4447` gives out from now on. */
  remember(gun: string): Promise<void>;
  /** What `notaryserver:4443` has of a role. */
  published(gun: string, role: string): Promise<string>;
  /** The Notary server has lost its memory. */
  forget(): Promise<void>;
}

const PASSPHRASES = {
  DOCKER_CONTENT_TRUST_ROOT_PASSPHRASE: 'sandbox-passphrase',
  DOCKER_CONTENT_TRUST_REPOSITORY_PASSPHRASE: 'sandbox-passphrase',
};
const clock = { now: () => new Date('2026-11-23T05:00:00Z') };

/** `recording` names the exchanges with the Engine. */
export async function setTrustStage(recording: string): Promise<TrustStage> {
  const home = await mkdtemp(join(tmpdir(), 'trust-stage-'));
  const resources: AsyncDisposable[] = [];
  const keep = <T extends AsyncDisposable>(resource: T): T => {
    resources.unshift(resource);
    return resource;
  };
  const ca = createCertificateAuthority({ clock });
  const tls = issueServerCertificate({ ca, clock, dnsNames: ['notaryserver'] });
  const caBundle = join(home, '.ca.crt');
  await writeFile(caBundle, ca.cert);
  const openNotary = async (): Promise<RequestHandler> => {
    const database = keep(await openNotaryDatabase(':memory:'));
    return createNotaryServer({ database, keys: { secret: randomBytes(32) }, clock }).app;
  };
  let notary = await openNotary();
  let elsewhere: number | undefined;
  const pass: RequestHandler = (incoming, outgoing) => notary(incoming, outgoing);
  const refuse: RequestHandler = (_, outgoing) => outgoing.writeHead(elsewhere ?? 500).end('no');
  const place = async (app: RequestHandler) => {
    const { address } = keep(await listen(app, { kind: 'tcp', host: '127.0.0.1', port: 0 }, tls));
    return { host: '127.0.0.1', port: 'port' in address ? address.port : 0 };
  };
  const remembered = new Map<string, Buffer>();
  const replay: RequestHandler = (incoming, outgoing) => {
    const bytes = remembered.get(incoming.url ?? '');
    outgoing.writeHead(bytes ? 200 : 404).end(bytes);
  };
  const [notaryPlace, refusingPlace, nobody] = [await place(pass), await place(refuse), await closedPlace()];
  const replayingPlace = await place(replay);
  const names = {
    find(host: string, port: number) {
      if (host !== 'notaryserver') return nobody;
      if (port === 4443) return notaryPlace;
      if (port === 4447) return replayingPlace;
      return port === 4451 && elsewhere !== undefined ? refusingPlace : nobody;
    },
  };
  const engine = recordedEngine(recording);
  const contextOf = async (invocation: Circumstances) => {
    const io = ioOf(invocation, home, { HOME: home, SSL_CERT_FILE: caBundle });
    const opened = await openTrustContext(io);
    return { ...opened, surroundings: { ...opened.surroundings, names } };
  };
  return {
    home,
    async sign(otherHome, image, digest) {
      const environment = { ...PASSPHRASES, DOCKER_CONTENT_TRUST_SERVER: 'https://notaryserver:4443', HOME: otherHome };
      const reference = parseImageReference(image);
      async function* messages() {
        yield { aux: { Tag: reference.tag, Digest: digest, Size: 730 } };
      }
      await trustedPush({ reference, messages: messages() }, await contextOf({ environment, input: '', terminal: '' }));
    },
    async perform(invocation) {
      const context = await contextOf(invocation);
      const { io } = context;
      let status = 0;
      try {
        await command(invocation.command, context, engine);
      } catch (thrown) {
        if (errorMessage(thrown) !== '') printLine(io.stderr, errorMessage(thrown));
        status = 1;
      }
      const texts = [io.stdout, io.stderr].map((output) => (output as ReturnType<typeof captureOutput>).text);
      const [stdout = '', stderr = ''] = texts.map((text) => text.replaceAll(home, '$HOME'));
      return { stdout, stderr, terminal: stdout, status };
    },
    answerElsewhere(status) {
      elsewhere = status;
    },
    async remember(gun) {
      using client = openNotaryClient({ url: 'https://notaryserver:4443', ca: ca.cert, connect: notaryPlace });
      for (const role of ['root', 'targets', 'snapshot', 'timestamp']) {
        const bytes = await client.getMetadata(parseGun(gun), parseRoleName(role));
        const sha256 = createHash('sha256').update(bytes).digest('hex');
        for (const name of [role, `${role}.${sha256}`]) remembered.set(`/v2/${gun}/_trust/tuf/${name}.json`, bytes);
      }
    },
    async published(gun, role) {
      using client = openNotaryClient({ url: 'https://notaryserver:4443', ca: ca.cert, connect: notaryPlace });
      return (await client.getMetadata(parseGun(gun), parseRoleName(role))).toString();
    },
    async forget() {
      notary = await openNotary();
    },
    async [Symbol.asyncDispose]() {
      for (const resource of resources) await resource[Symbol.asyncDispose]();
      await rm(home, { recursive: true, force: true });
    },
  };
}

/** An address where nobody listens. */
async function closedPlace(): Promise<{ readonly host: string; readonly port: number }> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return { host: '127.0.0.1', port: typeof address === 'object' ? (address?.port ?? 0) : 0 };
}

async function command(line: string, context: TrustContext, engine: RecordedEngine): Promise<void> {
  const [, verb = '', ...rest] = line.split(' ');
  const isDeep = verb === 'trust' && ['key', 'signer'].includes(rest[0] ?? '');
  const name = [verb, ...rest.slice(0, verb === 'trust' ? (isDeep ? 2 : 1) : 0)].join(' ');
  const { flags, args } = readWords(rest.slice(name.split(' ').length - 1));
  const perform = COMMANDS[name];
  if (!perform) throw new Error(`no such command on this stage: ${name}`);
  await perform({ flags, args, context, engine });
}

interface Given {
  readonly flags: ReadonlyMap<string, readonly string[]>;
  readonly args: readonly string[];
  readonly context: TrustContext;
  readonly engine: RecordedEngine;
}

const COMMANDS: Readonly<Record<string, (given: Given) => Promise<unknown>>> = {
  pull: pullImage,
  push: pushImage,
  'trust resolve': ({ args, context }) => resolveImages(args, false, context),
  'trust inspect': ({ flags, args, context }) => inspectImages(args, flags.has('--pretty'), context),
  'trust sign': ({ flags, args, context, engine }) => {
    const findUsername = async (domain: string): Promise<string> => {
      const config = await readDockerConfig(context.surroundings.dockerConfig);
      return (await findCredentials(config, domain))?.username ?? '';
    };
    return signImage(args[0] ?? '', flags.has('--local'), context, { ...engine, findUsername });
  },
  'trust revoke': ({ flags, args, context }) => revokeImage(args[0] ?? '', flags.has('-y'), context),
  'trust key generate': ({ flags, args, context }) => generateKey(args[0] ?? '', flags.get('--dir')?.[0], context),
  'trust key load': ({ flags, args, context }) => loadKey(args[0] ?? '', flags.get('--name')?.[0] ?? 'signer', context),
  'trust signer add': ({ flags, args: [name = '', ...repositories], context }) =>
    addSigner(name, repositories, flags.get('--key') ?? [], context),
  'trust signer remove': ({ flags, args: [name = '', ...repositories], context }) =>
    removeSigner(name, repositories, flags.has('-f'), context),
};

const WITH_VALUE: ReadonlySet<string> = new Set(['--dir', '--name', '--key']);

function readWords(words: readonly string[]) {
  const flags = new Map<string, string[]>();
  const args: string[] = [];
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? '';
    if (!word.startsWith('-')) args.push(word);
    else if (WITH_VALUE.has(word)) flags.set(word, [...(flags.get(word) ?? []), words[++at] ?? '']);
    else flags.set(word, []);
  }
  return { flags, args };
}

/** With the lines that `pull` itself prints around the part that trust has in it. */
async function pullImage({ flags, args, context, engine }: Given): Promise<void> {
  const { stdout } = context.io;
  const given = parseImageReference(args[0] ?? '');
  const reference = flags.has('-a') ? given : withDefaultTag(given);
  if (reference !== given) printLine(stdout, 'Using default tag: latest');
  const out = flags.has('-q') ? captureOutput() : stdout;
  const pull = (): Promise<void> => showProgress(engine.pullImage(), out);
  const isTrusted = isTrustOn({ flags, context }) && !reference.digest;
  await (isTrusted
    ? trustedPull({ reference, pull, findSize: async () => undefined, tag: async () => undefined }, context)
    : pull());
  printLine(stdout, formatReference(reference));
}

async function pushImage({ flags, args, context, engine }: Given): Promise<void> {
  const given = parseImageReference(args[0] ?? '');
  const reference = flags.has('-a') ? given : withDefaultTag(given);
  if (reference !== given) printLine(context.io.stdout, 'Using default tag: latest');
  if (isTrustOn({ flags, context })) await trustedPush({ reference, messages: engine.pushImage() }, context);
  else await showProgress(engine.pushImage(), context.io.stdout);
}

function isTrustOn({ flags, context }: Pick<Given, 'flags' | 'context'>): boolean {
  return isContentTrustOn(context.io, flags.has('--disable-content-trust') ? true : undefined);
}

function ioOf({ environment, input, terminal }: Circumstances, cwd: string, env: Record<string, string>): Io {
  const isTerminal = terminal !== '';
  const stream = Object.assign(new PassThrough(), { setRawMode: () => undefined });
  stream.end(input);
  const stdout = captureOutput(isTerminal ? { columns: 120 } : {});
  const stderr = isTerminal ? stdout : captureOutput();
  const stdin = { isTerminal, raw: stream as unknown as Io['stdin']['raw'] };
  return testIo({ program: 'docker', env: { ...env, ...environment }, cwd, stdin, stdout, stderr, clock });
}
