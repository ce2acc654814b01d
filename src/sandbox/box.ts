import { spawnSync } from 'node:child_process';
import { dirname } from 'node:path';
import { SYSTEM_BUNDLES } from './box-files.ts';
import { BOX_SCRIPT } from './box-script.ts';
import type { ProjectPaths } from './project.ts';
import type { ServiceRecord } from './sandbox-record.ts';

/** What is to be run inside a service, and with what. */
export interface BoxRequest {
  readonly service: ServiceRecord;
  readonly paths: ProjectPaths;
  readonly command: readonly string[];
  /** Variables the caller adds (`-e`). */
  readonly environment: Readonly<Record<string, string>>;
  /** The service's own unless given. */
  readonly workingFolder?: string | undefined;
  /** Set when the command has a terminal: its kind, as TERM has it. */
  readonly terminal?: string;
  /** The bundled program, `dist/main.cjs`. */
  readonly programFile: string;
  /** Whose `docker` and `notary` are found first; ours when absent. */
  readonly programs?: 'ours' | 'host';
}

/** A program to spawn, and one line to tell the user first when the box is not a full one. */
export interface BoxLaunch {
  readonly file: string;
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly workingFolder: string;
  readonly notice?: string;
}

const SEARCH_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
/** Folder inside a box that holds what the sandbox brings. */
const OWN = '/.trustsandbox';

/** Ways to get a mount namespace, best first. Real root needs no user namespace, unless it is root of a container. */
const AS_ROOT = [
  ['-m', '-u'],
  ['-U', '-r', '-m', '-u'],
] as const;
const AS_USER = [['-U', '-r', '-m', '-u']] as const;

/** The flags of `unshare` that work here; undefined where namespaces are refused. */
export function findNamespaceFlags(): readonly string[] | undefined {
  if (process.platform !== 'linux') return undefined;
  const ways: readonly (readonly string[])[] = process.getuid?.() === 0 ? AS_ROOT : AS_USER;
  return ways.find((flags) => spawnSync('unshare', [...flags, 'true'], { stdio: 'ignore' }).status === 0);
}

/**
 * How to run a command inside a service: in namespaces of its own with `flags` of `unshare`, or, without flags, as a plain
 * program with the same search path and environment.
 */
export function launchBox(request: BoxRequest, flags: readonly string[] | undefined): BoxLaunch {
  return flags ? namespacedLaunch(request, flags) : plainLaunch(request);
}

function namespacedLaunch(request: BoxRequest, flags: readonly string[]): BoxLaunch {
  const { service, paths, command, workingFolder } = request;
  const mounts = boxMounts(request).flatMap(({ source, target, readOnly }) => [source, target, readOnly ? 'ro' : 'rw']);
  const script = [
    BOX_SCRIPT,
    'box',
    paths.box('root'),
    service.hostname ?? service.containerId.slice(0, 12),
    workingFolder ?? service.workingFolder ?? '/',
    ...mounts,
    '--',
    ...command,
  ];
  return {
    file: 'unshare',
    args: [...flags, '/bin/sh', '-c', ...script],
    environment: {
      HOME: '/root',
      SSL_CERT_FILE: `${OWN}/ca-bundle.crt`,
      ...commonEnvironment(request),
      PATH:
        request.environment.PATH ?? searchPath(request, `${OWN}/bin`, request.service.environment.PATH ?? SEARCH_PATH),
    },
    workingFolder: '/',
  };
}

function boxMounts({ service, paths, programFile }: BoxRequest) {
  const own = (source: string, target: string) => ({ source, target, readOnly: true });
  return [
    own(process.execPath, `${OWN}/node`),
    own(dirname(programFile), `${OWN}/dist`),
    own(paths.box('bin'), `${OWN}/bin`),
    own(paths.box('ca-bundle.crt'), `${OWN}/ca-bundle.crt`),
    own(dirname(paths.clock), `${OWN}/clock`),
    own(service.hosts, '/etc/hosts'),
    ...SYSTEM_BUNDLES.map((target) => own(paths.box('ca-bundle.crt'), target)),
    { source: service.home, target: '/root', readOnly: false },
    ...(service.engineSocket ? [{ source: service.engineSocket, target: '/run/docker.sock', readOnly: false }] : []),
    ...service.mounts,
  ];
}

function plainLaunch(request: BoxRequest): BoxLaunch {
  const { service, paths, command, workingFolder, programFile } = request;
  const [file = '/bin/sh', ...args] = command;
  const places = [{ source: service.home, target: '/root' }, ...service.mounts];
  return {
    file,
    args,
    environment: {
      PATH: `${paths.box('plain')}:${searchPath(request, paths.box('bin'), process.env.PATH ?? SEARCH_PATH)}`,
      HOME: service.home,
      SSL_CERT_FILE: paths.box('ca-bundle.crt'),
      CURL_CA_BUNDLE: paths.box('ca-bundle.crt'),
      TRUSTSANDBOX_NODE: process.execPath,
      TRUSTSANDBOX_MAIN: programFile,
      TRUSTSANDBOX_CLOCK: paths.clock,
      TRUSTSANDBOX_HOME: dirname(paths.root),
      TRUSTSANDBOX_PROJECT: paths.project,
      TRUSTSANDBOX_SERVICE: service.name,
      TRUSTSANDBOX_PLACES: service.places,
      ...(service.proxy && proxyVariables(service.proxy)),
      ...(service.engineSocket && { DOCKER_HOST: `unix://${service.engineSocket}` }),
      ...commonEnvironment(request),
    },
    workingFolder: workingFolder === undefined || workingFolder === '/' ? service.home : workingFolder,
    notice: `No namespaces here: a plain shell of the host, where ${places.map(({ source, target }) => `${target} is ${source}`).join(', ')}`,
  };
}

/** In both spellings, for programs read one or the other; curl takes the first alone in small letters. */
function proxyVariables(proxy: string): Record<string, string> {
  const variables = { http_proxy: proxy, https_proxy: proxy, no_proxy: 'localhost,127.0.0.1,127.0.0.0/8,::1' };
  const upper = Object.entries(variables).map(([name, value]) => [name.toUpperCase(), value] as const);
  return { ...variables, ...Object.fromEntries(upper) };
}

function searchPath({ programs }: BoxRequest, own: string, host: string): string {
  return programs === 'host' ? `${host}:${own}` : `${own}:${host}`;
}

function commonEnvironment({ service, environment, terminal }: BoxRequest): Record<string, string> {
  return {
    HOSTNAME: service.hostname ?? service.containerId.slice(0, 12),
    PS1: '$PWD # ',
    ...service.environment,
    ...(terminal && { TERM: terminal }),
    ...environment,
  };
}
