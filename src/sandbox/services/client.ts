import { mkdir, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { packageVersion, Started } from '../../core/index.ts';
import {
  defaultEndpoints,
  dockerRetrySchedule,
  openEngine,
  type ResolveRegistry,
  serveEngineApi,
} from '../../engine/index.ts';
import { SandboxHost } from '../engine-host/host.ts';
import { startHub } from '../hub.ts';
import type { NetworkNames } from '../network-names.ts';
import type { RunningService, ServiceContext } from '../service.ts';

const HUB_DOMAIN = 'docker.io';
const DEFAULT_PORT = 443;

/** A client: an Engine on a unix socket, with the hub stand-in beside it. */
export async function startClientService(context: ServiceContext): Promise<RunningService> {
  const { plan, paths, address: ownAddress, names, settings, clock, log } = context;
  const root = paths.service(plan.name, 'docker');
  await using started = new Started();
  const hub = started.add(await startHub({ kind: 'tcp', host: ownAddress, port: 0 }, { clock, log }));
  const engine = started.add(
    await openEngine({
      root,
      resolveRegistry: resolveIn(names, hub.url),
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
  started.add(await serveEngineApi(engine, address, { version: packageVersion, clock, log, root, host }));
  const running = started.keep();
  return { engineSocket, mounts: [], [Symbol.asyncDispose]: () => running[Symbol.asyncDispose]() };
}

/** Where a registry's name leads from inside the sandbox: to its services, then to the hub stand-in, then outside. */
function resolveIn(names: NetworkNames, hubUrl: string): ResolveRegistry {
  return (domain) => {
    if (domain === HUB_DOMAIN) {
      return [
        { baseUrl: hubUrl, note: 'the hub stand-in of the sandbox', pullOnly: true },
        ...defaultEndpoints(domain),
      ];
    }
    const { hostname, port } = new URL(`http://${domain}`);
    const connectTo = names.find(hostname, Number(port) || DEFAULT_PORT);
    return connectTo ? [{ baseUrl: `http://${domain}`, connectTo }] : defaultEndpoints(domain);
  };
}
