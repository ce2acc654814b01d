import { cpus, hostname, release, totalmem } from 'node:os';
import { DEFAULT_DOMAIN, isJsonObject, type JsonObject, parseJson } from '../../core/index.ts';
import { type NodeApp, readBody } from '../../http/index.ts';
import { RegistryRefusedError, RegistryTokenError } from '../../registry/client/index.ts';
import type { Engine } from '../engine.ts';
import { MAX_API_VERSION, MIN_API_VERSION } from './api-version.ts';
import type { EngineApiSettings } from './app.ts';
import { summaryJson } from './image-json.ts';
import { credentialsOf } from './registry-auth.ts';
import { BadParameterError, jsonReply } from './reply.ts';
import { minorOf } from './request.ts';

const MAX_AUTH_BYTES = 64 * 1024;
const PING_HEADERS = {
  'builder-version': '1',
  'cache-control': 'no-cache, no-store, must-revalidate',
  'content-type': 'text/plain; charset=utf-8',
  pragma: 'no-cache',
  swarm: 'inactive',
};

/** The system part of the Docker Engine API (v1.50, "System"), as far as there is one without containers. */
export function routeSystem(app: NodeApp, engine: Engine, settings: EngineApiSettings): void {
  app.get('/_ping', (c) => {
    const isHead = c.req.method === 'HEAD';
    return new Response(isHead ? null : 'OK', { headers: { ...PING_HEADERS, 'content-length': isHead ? '0' : '2' } });
  });
  app.get('/version', () => jsonReply(versionJson(engine, settings)));
  app.get('/info', async () => jsonReply(await infoJson(engine, settings)));
  app.get('/system/df', async (c) => {
    const images = await engine.list();
    return jsonReply({
      LayersSize: images.reduce((sum, { size }) => sum + size, 0),
      Images: images.map((image) => summaryJson(image, minorOf(c))),
      Containers: [],
      Volumes: [],
      BuildCache: [],
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

async function infoJson(engine: Engine, settings: EngineApiSettings): Promise<unknown> {
  const containers = settings.listContainers?.() ?? [];
  const running = containers.filter(({ state }) => state === 'running').length;
  const index = { Name: DEFAULT_DOMAIN, Mirrors: [], Secure: true, Official: true };
  return {
    ID: 'trustsandbox',
    Containers: containers.length,
    ContainersRunning: running,
    ContainersPaused: 0,
    ContainersStopped: containers.length - running,
    Images: (await engine.list()).length,
    Driver: 'vfs',
    DriverStatus: null,
    Plugins: { Volume: [], Network: [], Authorization: null, Log: [] },
    SystemTime: settings.clock.now().toISOString(),
    LoggingDriver: 'none',
    CgroupDriver: 'none',
    KernelVersion: release(),
    OperatingSystem: 'trustsandbox (no containers)',
    OSType: engine.platform.os,
    Architecture: engine.platform.architecture === 'amd64' ? 'x86_64' : engine.platform.architecture,
    IndexServerAddress: 'https://index.docker.io/v1/',
    RegistryConfig: {
      InsecureRegistryCIDRs: ['127.0.0.0/8', '::1/128'],
      IndexConfigs: { [DEFAULT_DOMAIN]: index },
      Mirrors: [],
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
