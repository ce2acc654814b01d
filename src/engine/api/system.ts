import { cpus, hostname, release, totalmem } from 'node:os';
import { DEFAULT_DOMAIN, isJsonObject, type JsonObject, parseJson } from '../../core/index.ts';
import { type NodeApp, readBody } from '../../http/index.ts';
import { RegistryRefusedError, RegistryTokenError } from '../../registry/client/index.ts';
import type { Engine } from '../engine.ts';
import type { HostVolume } from '../host/container.ts';
import type { EngineHost } from '../host/host.ts';
import { MAX_API_VERSION, MIN_API_VERSION } from './api-version.ts';
import { summaryJson as containerJson } from './containers/summary-json.ts';
import { folderSize } from './folder-size.ts';
import { containerCounter, summaryJson } from './image-json.ts';
import { credentialsOf } from './registry-auth.ts';
import { BadParameterError, jsonReply } from './reply.ts';
import { minorOf } from './request.ts';
import type { EngineApiSettings } from './settings.ts';
import { volumeJson } from './volumes.ts';

const MAX_AUTH_BYTES = 64 * 1024;
const PING_HEADERS = {
  'builder-version': '1',
  'cache-control': 'no-cache, no-store, must-revalidate',
  'content-type': 'text/plain; charset=utf-8',
  pragma: 'no-cache',
  swarm: 'inactive',
};

/** The system part of the Docker Engine API (v1.51, "System"). */
export function routeSystem(app: NodeApp, engine: Engine, settings: EngineApiSettings): void {
  app.get('/_ping', (c) => {
    const isHead = c.req.method === 'HEAD';
    return new Response(isHead ? null : 'OK', { headers: { ...PING_HEADERS, 'content-length': isHead ? '0' : '2' } });
  });
  app.get('/version', () => jsonReply(versionJson(engine, settings)));
  app.get('/info', async () => jsonReply(await infoJson(engine, settings)));
  app.get('/system/df', async (c) => {
    const types = c.req.queries('type') ?? [];
    const has = (type: string): boolean => types.length === 0 || types.includes(type);
    const { host } = settings;
    const view = {
      minor: minorOf(c),
      hasSharedSize: true,
      hasManifests: false,
      countContainers: containerCounter(host),
    };
    const images = has('image') ? (await engine.list()).map((image) => summaryJson(image, view)) : null;
    const containers = has('container') ? host.containers() : undefined;
    const volumes = has('volume') ? host.volumes() : undefined;
    const now = settings.clock.now();
    return jsonReply({
      LayersSize: has('image') ? engine.sizeOfLayers() : 0,
      Images: images,
      Containers:
        containers?.map((one) => ({ ...(containerJson(one, undefined, now) as object), SizeRw: 0, SizeRootFs: 0 })) ??
        null,
      Volumes: volumes
        ? await Promise.all(
            volumes.map(async (volume) => ({
              ...(volumeJson(volume) as object),
              UsageData: { Size: await folderSize(volume.folder), RefCount: countUses(host, volume) },
            })),
          )
        : null,
      BuildCache: has('build-cache') ? [] : null,
      ...(view.minor < 42 && { BuilderSize: 0 }),
    });
  });
  app.post('/auth', async (c) => {
    const value = parseJson(await readBody(c.env.incoming, MAX_AUTH_BYTES));
    if (!isJsonObject(value)) throw new BadParameterError('auth config is missing');
    return jsonReply(await login(engine, value));
  });
}

/** Tries credentials with the registry they are for (Engine API v1.50, `SystemAuth`). */
async function login(engine: Engine, value: JsonObject): Promise<unknown> {
  const credentials = credentialsOf(value);
  if (!credentials) throw new BadParameterError('no credentials provided');
  const domain = registryOf(typeof value.serveraddress === 'string' ? value.serveraddress : '');
  try {
    await engine.login(domain, credentials);
  } catch (thrown) {
    if (!(thrown instanceof RegistryTokenError || thrown instanceof RegistryRefusedError)) throw thrown;
    throw new RegistryTokenError(401, `login attempt to https://${domain}/v2/ failed with status: 401 Unauthorized`);
  }
  return { IdentityToken: '', Status: 'Login Succeeded' };
}

/** A server's address as people give it: with a scheme, with a path, or the old name of Docker Hub. */
function registryOf(address: string): string {
  const host = address.replace(/^https?:\/\//, '').split('/', 1)[0] ?? '';
  return host === '' || host === 'index.docker.io' || host === 'registry-1.docker.io' ? DEFAULT_DOMAIN : host;
}

function versionJson({ platform }: Engine, { version, startedAt }: EngineApiSettings): unknown {
  const built = startedAt.toISOString();
  const common = {
    ApiVersion: MAX_API_VERSION,
    Arch: platform.architecture,
    BuildTime: built,
    GitCommit: 'n/a',
    GoVersion: `none (Node.js ${process.version})`,
    KernelVersion: release(),
    MinAPIVersion: MIN_API_VERSION,
    Os: platform.os,
  };
  return {
    Platform: { Name: 'trustsandbox' },
    Components: [{ Name: 'Engine', Version: version, Details: { ...common, Experimental: 'false' } }],
    Version: version,
    ...common,
  };
}

function countUses(host: EngineHost, { name }: HostVolume): number {
  return host.containers().filter(({ mounts }) => mounts.some(({ volume }) => volume === name)).length;
}

async function infoJson(engine: Engine, settings: EngineApiSettings): Promise<unknown> {
  const containers = settings.host.containers();
  const { mirrors = [], insecure = [] } = settings.registries ?? {};
  const running = containers.filter(({ state }) => state === 'running').length;
  const index = { Name: DEFAULT_DOMAIN, Mirrors: mirrors, Secure: true, Official: true };
  const insecureIndexes = insecure
    .filter((name) => !name.includes('/'))
    .map((name) => [name, { Name: name, Mirrors: [], Secure: false, Official: false }]);
  return {
    ID: 'trustsandbox',
    Containers: containers.length,
    ContainersRunning: running,
    ContainersPaused: 0,
    ContainersStopped: containers.length - running,
    Images: (await engine.list()).length,
    Driver: 'vfs',
    DriverStatus: [],
    Plugins: { Volume: ['local'], Network: ['bridge'], Authorization: null, Log: ['json-file'] },
    SystemTime: settings.clock.now().toISOString(),
    LoggingDriver: 'json-file',
    CgroupDriver: 'none',
    KernelVersion: release(),
    OperatingSystem: 'trustsandbox',
    OSType: engine.platform.os,
    Architecture: engine.platform.architecture === 'amd64' ? 'x86_64' : engine.platform.architecture,
    IndexServerAddress: 'https://index.docker.io/v1/',
    RegistryConfig: {
      InsecureRegistryCIDRs: ['::1/128', '127.0.0.0/8', ...insecure.filter((name) => name.includes('/'))],
      IndexConfigs: { [DEFAULT_DOMAIN]: index, ...Object.fromEntries(insecureIndexes) },
      Mirrors: mirrors,
    },
    NCPU: cpus().length,
    MemTotal: totalmem(),
    DockerRootDir: settings.root ?? '',
    Name: hostname(),
    Labels: [],
    ExperimentalBuild: false,
    ServerVersion: settings.version,
    Runtimes: {},
    DefaultRuntime: '',
    Swarm: {
      NodeID: '',
      NodeAddr: '',
      LocalNodeState: 'inactive',
      ControlAvailable: false,
      Error: '',
      RemoteManagers: null,
    },
    LiveRestoreEnabled: false,
    SecurityOptions: [],
    Warnings: null,
  };
}
