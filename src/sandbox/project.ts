import { createHash } from 'node:crypto';
import { homedir, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { ProjectName } from './project-name.ts';

/** The folder all sandboxes of this user live in. */
export function sandboxHome(env: Readonly<Record<string, string | undefined>>): string {
  if (env.TRUSTSANDBOX_HOME) return resolve(env.TRUSTSANDBOX_HOME);
  return join(env.XDG_STATE_HOME || join(env.HOME || homedir(), '.local', 'state'), 'trustsandbox');
}

/**
 * Where one project keeps what it has:
 *
 *     <home>/<project>/                0700
 *       sandbox.json                   what runs now
 *       control.sock                   0600; elsewhere when this path is too long for a socket
 *       sandbox.log                    the background process itself
 *       root-ca.crt                    certificate of this sandbox's authority
 *       clock/offset                   milliseconds this project's time is ahead of the machine's
 *       box/                           what every box brings: ca-bundle.crt, hosts/<service>, places/<service>, bin/{docker,notary}, plain/openssl, an empty root/
 *       volumes/<volume>/              named volumes
 *       snapshots/<name>/              copies of volumes/, services/ and clock/
 *       restoring                      name of a snapshot that is being put back
 *       services/<service>/            what one service keeps, its log, its box's home
 */
export interface ProjectPaths {
  readonly project: ProjectName;
  readonly root: string;
  readonly record: string;
  readonly controlSocket: string;
  /** Folder of the sockets whose place here would be too long for the kernel. */
  readonly shortSockets: string;
  readonly log: string;
  readonly caCertificate: string;
  /** How far the project's time is from the machine's; in a folder of its own, which boxes show. */
  readonly clock: string;
  box(...below: string[]): string;
  snapshot(name: string): string;
  volume(name: string): string;
  service(name: string, ...below: string[]): string;
  /** A unix socket of `service`; short enough for the kernel. */
  socket(service: string, name: string): string;
}

const MAX_SOCKET_PATH = 100; // sun_path holds 108 bytes on Linux, 104 on macOS

export function projectPaths(home: string, project: ProjectName): ProjectPaths {
  const root = join(home, project);
  const short = join(tmpdir(), `trustsandbox-${createHash('sha256').update(root).digest('hex').slice(0, 12)}`);
  const socketPath = (...parts: string[]): string => {
    const natural = join(root, ...parts);
    return Buffer.byteLength(natural) <= MAX_SOCKET_PATH ? natural : join(short, parts.join('-').replaceAll('/', '-'));
  };
  return {
    project,
    root,
    record: join(root, 'sandbox.json'),
    controlSocket: socketPath('control.sock'),
    shortSockets: short,
    log: join(root, 'sandbox.log'),
    caCertificate: join(root, 'root-ca.crt'),
    clock: join(root, 'clock', 'offset'),
    box: (...below) => join(root, 'box', ...below),
    snapshot: (name) => join(root, 'snapshots', name),
    volume: (name) => join(root, 'volumes', name),
    service: (name, ...below) => join(root, 'services', name, ...below),
    socket: (service, name) => socketPath('services', service, name),
  };
}
