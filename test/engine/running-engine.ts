import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EngineAddress, type EngineClient, openEngineClient } from '../../src/engine/client/index.ts';
import {
  createEngineApi,
  dockerRetrySchedule,
  type Engine,
  openEngine,
  type ProgressEvent,
  type RegistriesConfig,
} from '../../src/engine/index.ts';
import { type Listener, listen, type NodeApp } from '../../src/http/index.ts';
import { createRegistry, type Registry } from '../../src/registry/index.ts';
import { openFilesystemDriver } from '../../src/storage/index.ts';

/** An engine with its API on a socket, and a registry it knows as `sandboxregistry:5000`, all in one temporary folder. */
export interface RunningEngine extends AsyncDisposable {
  readonly engine: Engine;
  readonly client: EngineClient;
  readonly address: EngineAddress;
  readonly registry: Registry;
  readonly registryUrl: string;
  readonly folder: string;
  /** Seconds that retries would have waited. */
  readonly waited: number[];
  /** Files under the store's folder, of records and blobs, sorted. */
  storedFiles(): Promise<string[]>;
}

export interface RunningOptions {
  /** Served in the registry's place; `/` of the registry itself unless given. */
  readonly front?: (registry: NodeApp) => NodeApp;
  readonly architecture?: string;
  /** What the API is told of registries. */
  readonly registries?: RegistriesConfig;
}

export async function startEngine({
  front = (app) => app,
  architecture = 'amd64',
  registries,
}: RunningOptions = {}): Promise<RunningEngine> {
  const folder = await mkdtemp(join(tmpdir(), 'engine-'));
  const registry = createRegistry({ driver: openFilesystemDriver(join(folder, 'registry')) });
  const served = await listen(front(registry.app), { kind: 'tcp', host: '127.0.0.1', port: 0 });
  const port = served.address.kind === 'tcp' ? served.address.port : 0;
  const waited: number[] = [];
  const engine = await openEngine({
    root: join(folder, 'store'),
    platform: { os: 'linux', architecture },
    resolveRegistry: (domain) => [{ baseUrl: `http://${domain}`, connectTo: { host: '127.0.0.1', port } }],
    retry: { ...dockerRetrySchedule, wait: async (ms) => void waited.push(ms / 1000) },
  });
  const path = join(folder, 'engine.sock');
  const api: Listener = await listen(createEngineApi(engine, { version: '1.2.3', ...(registries && { registries }) }), {
    kind: 'unix',
    path,
  });
  const address: EngineAddress = { kind: 'unix', path };
  const client = openEngineClient(address);
  return {
    engine,
    client,
    address,
    registry,
    registryUrl: served.url,
    folder,
    waited,
    async storedFiles() {
      const files = await readdir(join(folder, 'store'), { recursive: true, withFileTypes: true });
      return files
        .filter((file) => file.isFile() && file.name !== 'references.json')
        .map((file) => `${file.parentPath.slice(join(folder, 'store').length + 1)}/${file.name}`)
        .sort();
    },
    async [Symbol.asyncDispose]() {
      client[Symbol.dispose]();
      await api[Symbol.asyncDispose]();
      await engine[Symbol.asyncDispose]();
      await served[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** All events of a stream, and what it threw at its end. */
export async function drain(events: AsyncIterable<ProgressEvent>): Promise<{ events: ProgressEvent[]; error?: Error }> {
  const seen: ProgressEvent[] = [];
  try {
    for await (const event of events) seen.push(event);
    return { events: seen };
  } catch (thrown) {
    return { events: seen, error: thrown as Error };
  }
}

/** Events as lines of text, progress figures left out: `4b6e74b35bdd: Pulling fs layer`. */
export function textOf(events: readonly ProgressEvent[]): string[] {
  const lines = events.map(({ id, status = '', stream, aux }) =>
    aux ? `aux ${aux.Tag}` : `${id === undefined ? '' : `${id}: `}${stream?.trimEnd() ?? status}`,
  );
  return lines.filter((line, i) => line !== lines[i - 1]);
}
