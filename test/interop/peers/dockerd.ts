import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Hosts, type Outcome, type RunOptions, run } from './run.ts';
import { type PeerServer, startServer } from './server.ts';
import type { Workspace } from './workspace.ts';

export interface DockerdOptions {
  /** Registries to speak plain HTTP with, `127.71.0.2:5000`. */
  readonly insecureRegistries?: readonly string[];
  readonly hosts?: Hosts;
  /** Asked instead of Docker Hub, `http://127.71.0.2:5000`. */
  readonly mirror?: string;
  /** How often a layer is tried; dockerd's own 5 attempts take 75 seconds to fail. */
  readonly maxDownloadAttempts?: number;
  /** Folder of a dockerd that can keep its images in containerd (26 or later), which it does then. */
  readonly containerdStore?: string;
}

/** The real Engine, and the real CLI on it. */
export interface Dockerd extends PeerServer {
  /** For DOCKER_HOST. */
  readonly host: string;
  /** Runs `docker` with a configuration folder of this workspace's own, so that trust data stays there. */
  docker(args: readonly string[], options?: RunOptions): Promise<Outcome>;
}

/** Starts dockerd with its state in the workspace; as root, with no network and no iptables. */
export async function startDockerd(workspace: Workspace, options: DockerdOptions = {}): Promise<Dockerd> {
  const { insecureRegistries = [], hosts = {}, mirror, maxDownloadAttempts = 5, containerdStore } = options;
  const socket = workspace.at('docker.sock');
  const host = `unix://${socket}`;
  const args = [
    '--iptables=false',
    '--bridge=none',
    `--storage-driver=${containerdStore === undefined ? 'vfs' : 'native'}`,
    '--host',
    host,
    '--data-root',
    workspace.at('docker-data'),
    '--exec-root',
    workspace.at('docker-exec'),
    '--pidfile',
    workspace.at('docker.pid'),
    `--max-download-attempts=${maxDownloadAttempts}`,
    ...(mirror === undefined ? [] : ['--registry-mirror', mirror]),
    ...insecureRegistries.flatMap((registry) => ['--insecure-registry', registry]),
  ];
  let program = 'dockerd';
  const env: Record<string, string> = { HOME: workspace.path };
  if (containerdStore !== undefined) {
    const config = workspace.at('dockerd.json');
    await writeFile(config, JSON.stringify({ features: { 'containerd-snapshotter': true } }));
    args.push('--config-file', config);
    program = join(containerdStore, 'usr/sbin/dockerd');
    env.PATH = `${join(containerdStore, 'usr/bin')}:${process.env.PATH}`; // its own containerd
  }
  const server = await startServer(program, args, {
    logFile: workspace.at('dockerd.log'),
    env,
    hosts,
    isReady: async () => (await docker(workspace, ['version'], { env: { DOCKER_HOST: host } })).status === 0,
  });
  return {
    ...server,
    host,
    docker: (dockerArgs, asked = {}) =>
      docker(workspace, dockerArgs, { hosts, ...asked, env: { DOCKER_HOST: host, ...asked.env } }),
  };
}

/** The real docker CLI, on whatever DOCKER_HOST says. Its `~/.docker` is the workspace's. */
export async function docker(
  workspace: Workspace,
  args: readonly string[],
  options: RunOptions = {},
): Promise<Outcome> {
  const config = workspace.at('docker-config');
  await mkdir(config, { recursive: true, mode: 0o700 });
  return run('docker', args, { ...options, env: { HOME: workspace.path, DOCKER_CONFIG: config, ...options.env } });
}
