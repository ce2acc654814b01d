import { join } from 'node:path';
import { openEngine, serveEngineApi } from '../../../src/engine/index.ts';
import { listen } from '../../../src/http/index.ts';
import { createRegistry } from '../../../src/registry/index.ts';
import { openFilesystemDriver } from '../../../src/storage/index.ts';
import { startDockerd } from './dockerd.ts';
import type { Workspace } from './workspace.ts';

/** An Engine, ours or the real one, and a registry beside it that begins empty. Both are gone when it is disposed of. */
export interface StagedEngine extends AsyncDisposable {
  /** For DOCKER_HOST. */
  readonly host: string;
}

export type StartEngine = (workspace: Workspace, registry: string) => Promise<StagedEngine>;

/** Our Engine, in this process, without a host. */
export const startOurEngine: StartEngine = async (workspace, registry) => {
  const served = await startRegistry(workspace, registry);
  const engine = await openEngine({ root: workspace.at('store') });
  const path = workspace.at('engine.sock');
  const api = await serveEngineApi(engine, { kind: 'unix', path }, { version: '20.10.24' });
  return {
    host: `unix://${path}`,
    async [Symbol.asyncDispose]() {
      await api[Symbol.asyncDispose]();
      await engine[Symbol.asyncDispose]();
      await served[Symbol.asyncDispose]();
    },
  };
};

/** The real dockerd. */
export const startRealEngine: StartEngine = async (workspace, registry) => {
  const served = await startRegistry(workspace, registry);
  const dockerd = await startDockerd(workspace, { maxDownloadAttempts: 1 });
  return {
    host: dockerd.host,
    async [Symbol.asyncDispose]() {
      await dockerd[Symbol.asyncDispose]();
      await served[Symbol.asyncDispose]();
    },
  };
};

function startRegistry(workspace: Workspace, address: string) {
  const [host = '', port] = address.split(':');
  const { app } = createRegistry({ driver: openFilesystemDriver(join(workspace.path, 'registry')) });
  return listen(app, { kind: 'tcp', host, port: Number(port) });
}
