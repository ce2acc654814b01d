import { createHash } from 'node:crypto';
import { homedir, tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { TrustSandboxError } from '../core/index.ts';

declare const projectBrand: unique symbol;
/** Name of a sandbox, as compose forms it. Only `parseProjectName` makes one. */
export type ProjectName = string & { readonly [projectBrand]: true };

/** Text that can't name a project. */
export class ProjectNameError extends TrustSandboxError {
  readonly code = 'SANDBOX_PROJECT_NAME';
}

/** @throws {ProjectNameError} outside compose's grammar (compose-spec, "name") */
export function parseProjectName(text: string): ProjectName {
  if (!/^[a-z0-9][a-z0-9_-]*$/.test(text) || text.length > 64) {
    throw new ProjectNameError(
      `invalid project name ${JSON.stringify(text)}: must consist only of lowercase alphanumeric characters, hyphens, and underscores as well as start with a letter or number`,
    );
  }
  return text as ProjectName;
}

/** The name compose gives a project that has none: its folder's, cleaned. */
export function projectNameOf(folder: string): ProjectName {
  const cleaned = basename(resolve(folder))
    .toLowerCase()
    .replace(/[^a-z0-9_-]/g, '')
    .replace(/^[_-]+/, '');
  return parseProjectName(cleaned.slice(0, 64) || 'default');
}

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
 *       box/                           what every box brings: hosts, ca-bundle.crt, bin/{docker,notary}, an empty root/
 *       volumes/<volume>/              named volumes
 *       services/<service>/            what one service keeps, its log, its box's home
 */
export interface ProjectPaths {
  readonly project: ProjectName;
  readonly root: string;
  readonly record: string;
  readonly controlSocket: string;
  readonly log: string;
  readonly caCertificate: string;
  box(...below: string[]): string;
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
    log: join(root, 'sandbox.log'),
    caCertificate: join(root, 'root-ca.crt'),
    box: (...below) => join(root, 'box', ...below),
    volume: (name) => join(root, 'volumes', name),
    service: (name, ...below) => join(root, 'services', name, ...below),
    socket: (service, name) => socketPath('services', service, name),
  };
}
