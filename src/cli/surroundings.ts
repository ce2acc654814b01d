import { homedir } from 'node:os';
import { join } from 'node:path';
import {
  findRecord,
  KNOWN_PORTS,
  listRecords,
  type NetworkNames,
  networkNames,
  parseProjectName,
  projectNameOf,
  projectPaths,
  type SandboxRecord,
  sandboxHome,
} from '../sandbox/client/index.ts';
import { ExitError } from './command.ts';
import type { Io } from './io.ts';

/** Which Engine, keys, names and certificates docker's commands work with. */
export interface Surroundings {
  /** The Engine, as DOCKER_HOST spells it. */
  readonly dockerHost: string;
  /** Whose files are meant: the user's, or those of the sandbox's client. */
  readonly home: string;
  /** Folder of `config.json`, `trust/` and `tls/`. */
  readonly dockerConfig: string;
  /** Names that only a sandbox knows; inside a box `/etc/hosts` does this. */
  readonly names: NetworkNames;
  /** PEM file of the certificates to trust; undefined for the machine's own. */
  readonly caBundle: string | undefined;
}

const DEFAULT_DOCKER_HOST = 'unix:///var/run/docker.sock';
const NO_NAMES: NetworkNames = { find: () => undefined };

/**
 * The surroundings of docker's commands: those of a sandbox that runs, when one is meant; else what the environment
 * says, as for the real docker. A sandbox is meant inside its boxes, and on the host unless DOCKER_HOST names another Engine.
 */
export async function findSurroundings(io: Io): Promise<Surroundings> {
  const { env } = io;
  const record = await findSandbox(io);
  const client = record?.services.find(({ engineSocket }) => engineSocket !== undefined);
  const isBox = env.TRUSTSANDBOX_PROJECT !== undefined && io.program !== 'trustsandbox';
  const home = !isBox && client ? client.home : (env.HOME ?? homedir());
  return {
    home,
    dockerHost: env.DOCKER_HOST || (client?.engineSocket ? `unix://${client.engineSocket}` : DEFAULT_DOCKER_HOST),
    dockerConfig: env.DOCKER_CONFIG || join(home, '.docker'),
    names: record ? namesIn(record) : NO_NAMES,
    caBundle:
      env.SSL_CERT_FILE ||
      (record && projectPaths(sandboxHome(env), parseProjectName(record.project)).box('ca-bundle.crt')),
  };
}

async function findSandbox({ env, program, cwd }: Io): Promise<SandboxRecord | undefined> {
  const home = sandboxHome(env);
  if (env.TRUSTSANDBOX_PROJECT) return findRecord(projectPaths(home, parseProjectName(env.TRUSTSANDBOX_PROJECT)));
  if (program !== 'trustsandbox') return undefined;
  const records = await listRecords(home);
  if (env.DOCKER_HOST) {
    return records.find(({ services }) =>
      services.some(({ engineSocket }) => env.DOCKER_HOST === `unix://${engineSocket}`),
    );
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

function namesIn(record: SandboxRecord): NetworkNames {
  const places = record.services.map(({ kind, names, address, port }) => {
    const knownPort = KNOWN_PORTS[kind];
    return { names, address, ...(port && { port }), ...(knownPort && { knownPort }) };
  });
  return networkNames(() => places);
}
