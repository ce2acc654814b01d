import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '../core/index.ts';
import {
  findRecord,
  KNOWN_PORTS,
  listRecords,
  type NamedPlace,
  type NetworkNames,
  namesSeenFrom,
  networkNames,
  parseProjectName,
  projectNameOf,
  projectPaths,
  type SandboxRecord,
  type ServiceRecord,
  sandboxHome,
} from '../sandbox/client/index.ts';
import { ExitError } from './command.ts';
import { type ChosenContext, chooseContext } from './context/chosen-context.ts';
import { DEFAULT_CONTEXT } from './context/context-store.ts';
import type { Io } from './io.ts';
import { shiftedClock } from './project-clock.ts';

/** Which Engine, keys, names and certificates docker's commands work with. */
export interface Surroundings {
  /** The Engine, as DOCKER_HOST spells it; empty where the context has none. */
  readonly dockerHost: string;
  /** The context in force. */
  readonly context: ChosenContext;
  /** The Engine of the context `default`. */
  readonly defaultHost: string;
  /** Whether a sandbox is meant, which goes before the context that config.json has in use. */
  readonly isSandbox: boolean;
  /** Where contexts are: the user's folder, in a sandbox too. */
  readonly contextFolder: string;
  /** Whose files are meant: the user's, or those of the sandbox's client. */
  readonly home: string;
  /** Folder of `config.json`, `trust/` and `tls/`. */
  readonly dockerConfig: string;
  /** Names that only a sandbox knows; inside a box `/etc/hosts` does this. */
  readonly names: NetworkNames;
  /** The trust server of a sandbox, by the name it has there; undefined where there is none. */
  readonly sandboxTrustServer: string | undefined;
  /** PEM file of the certificates to trust: a sandbox's, or what SSL_CERT_FILE names; undefined for the machine's own. */
  readonly caBundle: string | undefined;
  /** The time: a sandbox's own, where one is meant. */
  readonly clock: Clock;
}

const DEFAULT_DOCKER_HOST = 'unix:///var/run/docker.sock';
const NO_NAMES: NetworkNames = { find: () => undefined };

/**
 * The surroundings of docker's commands: those of a sandbox that runs, when one is meant; else what the environment
 * says, as for the real docker. A sandbox is meant inside its boxes, and on the host unless DOCKER_HOST or a context that
 * is named names another Engine; the context that `config.json` has in use gives way to it.
 */
export async function findSurroundings(io: Io): Promise<Surroundings> {
  const { env } = io;
  const isBox = env.TRUSTSANDBOX_PROJECT !== undefined && io.program !== 'trustsandbox';
  const contextFolder = env.DOCKER_CONFIG || join(env.HOME ?? homedir(), '.docker');
  const named = await chooseContext(io, contextFolder, { usesConfig: false });
  const record = await findSandbox(io, named.name === DEFAULT_CONTEXT ? named.host : (named.host ?? ''));
  const client = record?.services.find(({ engineSocket }) => engineSocket !== undefined);
  const isOnHost = !isBox && client !== undefined;
  const context =
    named.chosenBy === 'nothing' && !isOnHost ? await chooseContext(io, contextFolder, { usesConfig: true }) : named;
  const home = isOnHost ? client.home : (env.HOME ?? homedir());
  const ownHost = client?.engineSocket ? `unix://${client.engineSocket}` : DEFAULT_DOCKER_HOST;
  return {
    home,
    dockerHost: context.host ?? (context.name === DEFAULT_CONTEXT ? ownHost : ''),
    context,
    defaultHost: env.DOCKER_HOST || ownHost,
    isSandbox: isOnHost,
    contextFolder,
    dockerConfig: env.DOCKER_CONFIG || join(home, '.docker'),
    names: record ? namesIn(record, isBox ? env.TRUSTSANDBOX_SERVICE : undefined, client) : NO_NAMES,
    sandboxTrustServer: record && trustServerIn(record),
    caBundle:
      record && !isBox
        ? projectPaths(sandboxHome(env), parseProjectName(record.project)).box('ca-bundle.crt')
        : env.SSL_CERT_FILE || undefined,
    clock: record && !isBox ? shiftedClock(record.clockOffsetMs, io.clock) : io.clock,
  };
}

/** The sandbox that is meant; `host` is the Engine that was named, if any. */
async function findSandbox({ env, program, cwd }: Io, host: string | undefined): Promise<SandboxRecord | undefined> {
  const home = sandboxHome(env);
  if (env.TRUSTSANDBOX_PROJECT) return findRecord(projectPaths(home, parseProjectName(env.TRUSTSANDBOX_PROJECT)));
  if (program !== 'trustsandbox') return undefined;
  const records = await listRecords(home);
  if (host !== undefined) {
    return records.find(({ services }) => services.some(({ engineSocket }) => host === `unix://${engineSocket}`));
  }
  if (records.length < 2) return records[0];
  const here = records.find(({ project }) => project === projectNameOf(cwd));
  if (here) return here;
  const running = records.map(({ project }) => project).join(', ');
  throw new ExitError(
    1,
    `several sandboxes run (${running}): name one by TRUSTSANDBOX_PROJECT, or call from its folder`,
  );
}

function trustServerIn({ services }: SandboxRecord): string | undefined {
  const found = services.find(({ kind, state }) => kind === 'notary-server' && state === 'running');
  return found && `https://${found.names[0]}:${found.knownPort ?? KNOWN_PORTS['notary-server']}`;
}

/**
 * In the box of a service, the names that it knows. On the host all names, those first that the client knows whose Engine and
 * keys are used, and it is that client who asks for them.
 */
function namesIn(
  { services }: SandboxRecord,
  boxOf: string | undefined,
  client: ServiceRecord | undefined,
): NetworkNames {
  const viewer = services.find(({ name }) => name === boxOf) ?? client;
  const known = viewer ? services.flatMap((service) => placeSeenFrom(viewer, service)) : [];
  const others = boxOf === undefined ? services.map((service) => placeFor(service, service.names, service)) : [];
  const places = [...known, ...others];
  return networkNames(() => places);
}

function placeSeenFrom(viewer: ServiceRecord, service: ServiceRecord): NamedPlace[] {
  const names = namesSeenFrom(viewer.networks, service.networks);
  return names.length > 0 ? [placeFor(service, names, service.doors[viewer.name] ?? service)] : [];
}

function placeFor(
  { kind, knownPort = KNOWN_PORTS[kind] }: ServiceRecord,
  names: readonly string[],
  { address, port }: { readonly address: string; readonly port?: number | undefined },
): NamedPlace {
  return { names, address, ...(port && { port }), ...(knownPort && { knownPort }) };
}
