import { join } from 'node:path';
import { fullName, type ImageReference } from '../../core/index.ts';
import {
  environmentPassphrases,
  KeyStore,
  type PassphraseSource,
  promptPassphrases,
  TrustDirectory,
  TrustRepository,
  type TrustRepositoryParts,
  type TrustServer,
} from '../../trust/index.ts';
import { parseGun, type TrustPinning } from '../../tuf/index.ts';
import { ExitError } from '../command.ts';
import { findCredentials, serverOf } from '../credentials.ts';
import { readDockerConfig } from '../docker-config.ts';
import { dockerLog } from '../docker-log.ts';
import type { Io } from '../io.ts';
import { ioPrompter } from '../prompt.ts';
import { findSurroundings, type Surroundings } from '../surroundings.ts';
import { configuredToken } from './configured-token.ts';
import { type ConnectTrustServer, connectTrustServer } from './connect-trust-server.ts';
import { givenPassphrases, type PassphraseChoice } from './given-passphrases.ts';
import { readServerCertificates } from './server-certificates.ts';
import type { TrustOptions } from './trust-flags.ts';
import { chosenLock, chosenRules, chosenTrace } from './trust-options.ts';
import { parseTrustPinning } from './trust-pinning.ts';
import { parseTrustServers, type TrustServerMap, trustServerUrl } from './trust-server-url.ts';
import { tellUnopenedKeys } from './unopened-keys.ts';

/** Name of the setting in docker's `config.json`. */
const PINNING = 'trustPinning';

/** What the commands about trust work with. */
export interface TrustContext {
  readonly io: Io;
  readonly surroundings: Surroundings;
  readonly directory: TrustDirectory;
  readonly passphrases: PassphraseSource;
  readonly connect: ConnectTrustServer;
  /** Gets what would be published; nothing is published then. */
  readonly toRequest?: TrustRepositoryParts['toRequest'];
  /** As docker decides, or strictly where we are not called so, when absent. */
  readonly options?: TrustOptions;
}

/** Lets Ctrl-C through where other failures are put into docker's words: at a prompt it is no signal. */
export function throwIfInterrupted({ signal }: Pick<Io, 'signal'>, thrown: unknown): void {
  if (signal.aborted || thrown instanceof ExitError) throw thrown;
}

/** `choice` is where passphrases are to come from, if not from the environment and a prompt. @throws {ContentTrustError} */
export async function openTrustContext(
  io: Io,
  choice: PassphraseChoice = {},
  options: TrustOptions = {},
): Promise<TrustContext> {
  const surroundings = await findSurroundings(io);
  return {
    io: { ...io, clock: surroundings.clock }, // a sandbox has a time of its own
    surroundings,
    directory: new TrustDirectory(join(surroundings.dockerConfig, 'trust')),
    passphrases: tellUnopenedKeys((await givenPassphrases(choice, io))?.present ?? defaultPassphrases(io), io),
    connect: connectTrustServer,
    options,
  };
}

/** docker's: its variables, then a prompt. */
export function defaultPassphrases(io: Io): PassphraseSource {
  return environmentPassphrases(io.env, promptPassphrases(ioPrompter(io)));
}

/** The private keys of docker's configuration. */
export function openKeyStore({
  directory,
  passphrases,
  io,
  surroundings,
}: Pick<TrustContext, 'directory' | 'passphrases' | 'io' | 'surroundings'>): KeyStore {
  return new KeyStore(directory, passphrases, { log: dockerLog(io), token: configuredToken(io, surroundings) });
}

/**
 * The trust data of an image's repository. Nothing is asked of the server yet.
 * @throws {TrustServerInvalidError | CertificateFileError | GunInvalidError | DockerConfigError | TrustPinningError}
 */
export async function openRepository(context: TrustContext, reference: ImageReference): Promise<TrustRepository> {
  const { io, directory, surroundings, options = {} } = context;
  const gun = parseGun(fullName(reference));
  return new TrustRepository({
    gun,
    directory,
    server: await openServer(context, reference.domain),
    keys: openKeyStore(context),
    clock: io.clock,
    log: dockerLog(io),
    pinning: await readPinning(surroundings.dockerConfig),
    rules: await chosenRules(options, io, surroundings.dockerConfig),
    trace: chosenTrace(options, io),
    lock: await chosenLock(options, io, gun),
    toRequest: context.toRequest,
  });
}

/** What docker's `config.json` pins under a key of ours. @throws {DockerConfigError | TrustPinningError} */
async function readPinning(dockerConfig: string): Promise<TrustPinning | undefined> {
  const { trustPinning } = (await readDockerConfig(dockerConfig)).value;
  return trustPinning === undefined ? undefined : parseTrustPinning(trustPinning, PINNING, dockerConfig);
}

/** Which registry's trust server is where, by docker's `config.json`. @throws {DockerConfigError | TrustServersError} */
async function readTrustServers(dockerConfig: string): Promise<TrustServerMap> {
  return parseTrustServers((await readDockerConfig(dockerConfig)).value.trustServers);
}

/** Where a registry's trust server is. @throws {DockerConfigError | TrustServersError | TrustServerInvalidError} */
export async function findServerUrl({ io, surroundings }: TrustContext, domain: string): Promise<string> {
  return trustServerUrl(io, domain, await readTrustServers(surroundings.dockerConfig));
}

async function openServer(context: TrustContext, domain: string): Promise<TrustServer> {
  const { io, surroundings, connect } = context;
  const { dockerConfig, caBundle, names } = surroundings;
  const url = await findServerUrl(context, domain);
  const certificates = await readServerCertificates(dockerConfig, new URL(url).host, caBundle);
  return connect({
    url,
    certificates,
    names,
    signal: io.signal,
    findCredentials: async () => findCredentials(await readDockerConfig(dockerConfig), serverOf(domain)),
  });
}
