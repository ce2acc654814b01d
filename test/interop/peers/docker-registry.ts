import { writeFile } from 'node:fs/promises';
import { type PeerServer, startServer } from './server.ts';
import type { Workspace } from './workspace.ts';

export interface DockerRegistry extends PeerServer {
  readonly url: string;
}

/** Debian's docker-registry (CNCF distribution 2.8) over the storage tree in `root`; `settings` are more lines of its configuration. */
export async function startDockerRegistry(
  workspace: Workspace,
  root: string,
  address: { readonly host: string; readonly port: number },
  settings: readonly string[] = [],
  readyStatus = 200,
): Promise<DockerRegistry> {
  const listen = `${address.host}:${address.port}`;
  const config = workspace.at(`docker-registry-${address.port}.yaml`);
  await writeFile(
    config,
    [
      'version: 0.1',
      'log: { level: warn }',
      `storage: { filesystem: { rootdirectory: ${JSON.stringify(root)} }, delete: { enabled: true } }`,
      `http: { addr: ${JSON.stringify(listen)} }`,
      ...settings,
    ].join('\n'),
  );
  const url = `http://${listen}`;
  const server = await startServer('docker-registry', ['serve', config], {
    logFile: `${config}.log`,
    env: { HOME: workspace.path },
    isReady: async () => (await fetch(`${url}/v2/`)).status === readyStatus,
  });
  return { ...server, url };
}
