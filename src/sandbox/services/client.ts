import { mkdir, readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { packageVersion, Started } from '../../core/index.ts';
import {
  configuredEndpoints,
  dockerRetrySchedule,
  type EngineEndpoint,
  openEngine,
  parseRegistriesConfig,
  type RegistriesConfig,
  type ResolveRegistry,
  serveEngineApi,
} from '../../engine/index.ts';
import { SandboxHost } from '../engine-host/host.ts';
import { startHub } from '../hub.ts';
import type { NetworkNames } from '../network-names.ts';
import type { RunningService, ServiceContext } from '../service.ts';
import { commandRegistries } from './client-command.ts';

const HUB_DOMAIN = 'docker.io';
const DEFAULT_PORT = 443;

/** A client: an Engine on a unix socket, with the hub stand-in beside it. */
export async function startClientService(context: ServiceContext): Promise<RunningService> {
  const { plan, paths, address: ownAddress, names, settings, ca, clock, log, gate } = context;
  const root = paths.service(plan.name, 'docker');
  await using started = new Started();
  const docker = paths.service(plan.name, 'etc-docker');
  const registries = withCommand(await readRegistries(join(docker, 'daemon.json')), plan.command);
  const configured = configuredEndpoints(registries, join(docker, 'certs.d'));
  const hub = started.add(await startHub({ kind: 'tcp', host: ownAddress, port: 0 }, { clock, log }));
  const engine = started.add(
    await openEngine({
      root,
      resolveRegistry: resolveIn({ names, hubUrl: hub.url, configured, ca: ca.cert }),
      retry: {
        ...dockerRetrySchedule,
        wait: (ms, signal) => sleep((ms / 1000) * settings.retrySecondMs, undefined, { signal }),
      },
      clock,
      log,
    }),
  );
  const engineSocket = paths.socket(plan.name, 'docker.sock');
  await rm(engineSocket, { force: true }); // a killed process leaves its own behind
  await mkdir(dirname(engineSocket), { recursive: true, mode: 0o700 });
  const host = new SandboxHost(context.hosted, plan.name);
  started.add({ [Symbol.asyncDispose]: async () => host[Symbol.dispose]() });
  const address = { kind: 'unix', path: engineSocket } as const;
  started.add(
    await serveEngineApi(engine, address, { version: packageVersion, clock, log, root, host, registries, gate }),
  );
  const running = started.keep();
  return { engineSocket, mounts: [], [Symbol.asyncDispose]: () => running[Symbol.asyncDispose]() };
}

/** What the client's `daemon.json` says of registries, `registry-mirrors` and `insecure-registries`; nothing without one. */
async function readRegistries(path: string): Promise<RegistriesConfig> {
  const text = await readFile(path, 'utf8').catch((thrown: NodeJS.ErrnoException) => {
    if (thrown.code === 'ENOENT') return '{}';
    throw thrown;
  });
  return parseRegistriesConfig(text, process.env);
}

interface Resolving {
  readonly names: NetworkNames;
  readonly hubUrl: string;
  readonly configured: ResolveRegistry;
  /** Certificate of the sandbox's authority. */
  readonly ca: string;
}

/** Where a registry's name leads from inside the sandbox: to its services, then to the hub stand-in, then outside. */
function resolveIn({ names, hubUrl, configured, ca }: Resolving): ResolveRegistry {
  const inSandbox = (endpoint: EngineEndpoint): EngineEndpoint => {
    const { hostname, port } = new URL(endpoint.baseUrl);
    const connectTo = names.find(hostname, Number(port) || DEFAULT_PORT);
    return connectTo ? { ...endpoint, connectTo } : endpoint;
  };
  return (domain) => {
    const known = configured(domain).map(inSandbox); // mirrors may be services too
    if (domain === HUB_DOMAIN) {
      const mirrors = known.filter(({ connectTo }) => connectTo);
      const others = known.filter(({ connectTo }) => !connectTo);
      return [...mirrors, { baseUrl: hubUrl, note: 'the hub stand-in of the sandbox', pullOnly: true }, ...others];
    }
    const { hostname, port } = new URL(`http://${domain}`);
    const found = names.find(hostname, Number(port) || DEFAULT_PORT);
    if (!found) return known;
    if (found.scheme !== 'https')
      return [{ baseUrl: `http://${domain}`, connectTo: { host: found.host, port: found.port } }];
    return known.map((endpoint) => ({ ...endpoint, ca: (endpoint.ca ?? '') + ca }));
  };
}

function withCommand(config: RegistriesConfig, command: readonly string[]): RegistriesConfig {
  const given = commandRegistries(command);
  return {
    ...config,
    mirrors: [...config.mirrors, ...given.mirrors],
    insecure: [...config.insecure, ...given.insecure],
  };
}
