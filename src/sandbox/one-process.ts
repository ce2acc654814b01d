import { createHash } from 'node:crypto';
import { lstat, mkdir, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { TrustSandboxError } from '../core/index.ts';
import { isAnswering } from './control-client.ts';
import type { ProjectPaths } from './project.ts';

/** Another process has this project, or is about to. */
export class ProjectBusyError extends TrustSandboxError {
  readonly code = 'SANDBOX_PROJECT_BUSY';
}

/** The folder for sockets is somebody else's. */
export class SocketFolderError extends TrustSandboxError {
  readonly code = 'SANDBOX_SOCKET_FOLDER';
}

/**
 * Makes this process the only one that hosts the project, until disposed of or killed: on Linux by an abstract socket's name, which
 * the kernel frees when the process ends in whatever way; elsewhere by asking whether somebody answers.
 * @throws {ProjectBusyError}
 */
export async function claimProject(paths: ProjectPaths): Promise<AsyncDisposable> {
  if (process.platform !== 'linux') {
    if (await isAnswering(paths)) throw busy(paths);
    return { [Symbol.asyncDispose]: async () => undefined };
  }
  const name = createHash('sha256').update(`${process.getuid?.()} ${paths.root}`).digest('hex');
  const server = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve, reject) => {
    server.once('error', (thrown: NodeJS.ErrnoException) =>
      reject(thrown.code === 'EADDRINUSE' ? busy(paths) : thrown),
    );
    server.listen(`\0trustsandbox-${name}`, resolve);
  });
  server.unref();
  return { [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(() => resolve())) };
}

function busy({ project, root }: ProjectPaths): ProjectBusyError {
  return new ProjectBusyError(`another process has the project ${project} (${root}), or is starting it`);
}

/**
 * Removes the sockets that a killed process left, and makes the folder for those whose own place is too long for the kernel.
 * @throws {SocketFolderError} it is not this user's alone
 */
export async function prepareSockets(paths: ProjectPaths): Promise<void> {
  await rm(paths.controlSocket, { force: true });
  if (
    !paths.controlSocket.startsWith(paths.shortSockets) &&
    !paths.socket('x'.repeat(40), 'docker.sock').startsWith(paths.shortSockets)
  )
    return;
  await mkdir(paths.shortSockets, { mode: 0o700 }).catch((thrown: NodeJS.ErrnoException) => {
    if (thrown.code !== 'EEXIST') throw thrown;
  });
  const { uid, mode } = await lstat(paths.shortSockets);
  if (uid !== (process.getuid?.() ?? uid) || (mode & 0o077) !== 0) {
    throw new SocketFolderError(
      `${paths.shortSockets} is for the sockets of this project, whose own folder has too long a path, but it is not this user's alone: remove it, or set TRUSTSANDBOX_HOME to a shorter path`,
    );
  }
}
