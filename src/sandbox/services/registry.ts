import { mkdir } from 'node:fs/promises';
import { Started } from '../../core/index.ts';
import { type RegistryEvent, type ServeOptions, serveRegistry } from '../../registry/index.ts';
import { startHub } from '../hub.ts';
import type { NetworkNames } from '../network-names.ts';
import type { RunningService, ServiceContext } from '../service.ts';
import { readRegistryConfig } from './registry-config.ts';

/** Names of Docker Hub, whose stand-in the sandbox has. */
const HUBS: ReadonlySet<string> = new Set([
  'registry-1.docker.io',
  'docker.io',
  'index.docker.io',
  'registry.hub.docker.com',
]);
const DEFAULT_PORTS: Readonly<Record<string, number>> = { 'http:': 80, 'https:': 443 };

/** A registry as its compose service configures it: in plain HTTP unless told otherwise; with `proxy.remoteurl` a mirror. */
export async function startRegistryService(context: ServiceContext): Promise<RunningService> {
  const { paths, plan, clock, log, gate, emit } = context;
  const { config, mounts, port } = await readRegistryConfig(context);
  for (const { source } of mounts) await mkdir(source, { recursive: true, mode: 0o700 });
  await using started = new Started();
  const upstream = config.proxy && (await findUpstream(config.proxy.remoteUrl, context, started));
  const stateFolder = paths.service(plan.name, 'state');
  const listen = (event: RegistryEvent): void => {
    const from = context.findAsker(event.request.addr);
    emit({ kind: event.action, facts: { ...factsOf(event), ...(from !== undefined && { from }) } });
  };
  const options: ServeOptions = { log, clock, stateFolder, gate, listen, ...(upstream && { upstream }) };
  const { listener, servers } = started.add(await serveRegistry(config, options));
  const running = started.keep();
  return {
    servers,
    port: listener.address.kind === 'tcp' ? listener.address.port : port,
    knownPort: port,
    scheme: config.http.tls ? 'https' : 'http',
    mounts,
    [Symbol.asyncDispose]: () => running[Symbol.asyncDispose](),
  };
}

/** Where a mirror's other registry is: a service of the sandbox, the stand-in for Docker Hub, or, for other names, where they lead. */
async function findUpstream(
  remoteUrl: string,
  { names, ca, address, clock, log }: ServiceContext,
  started: Started,
): Promise<ServeOptions['upstream']> {
  const { hostname, protocol, port } = new URL(remoteUrl);
  const connectTo: ReturnType<NetworkNames['find']> = names.find(
    hostname,
    Number(port) || (DEFAULT_PORTS[protocol] ?? 443),
  );
  if (connectTo) return { connectTo, ca: ca.cert };
  if (!HUBS.has(hostname)) return undefined;
  const hub = started.add(await startHub({ kind: 'tcp', host: address, port: 0 }, { clock, log }));
  return { baseUrl: hub.url };
}

function factsOf({ repository, digest, tag, size, actor, request }: RegistryEvent): Record<string, string | number> {
  return {
    repository,
    ...(tag !== undefined && { tag }),
    ...(digest !== undefined && { digest }),
    ...(size !== undefined && { size }),
    ...(actor !== undefined && { actor }),
    client: request.useragent.slice(0, 200),
  };
}
