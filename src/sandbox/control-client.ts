import { request } from 'node:http';
import { connect } from 'node:net';
import { TrustSandboxError } from '../core/index.ts';
import { readBody } from '../http/client/index.ts';
import type { ServiceAction } from './control.ts';
import type { ProjectPaths } from './project.ts';

const MAX_REPLY_BYTES = 1024 * 1024;

/** The background process did not do what it was asked, or is not there. */
export class ControlError extends TrustSandboxError {
  readonly code = 'SANDBOX_CONTROL';
}

/** @throws {ControlError} */
export async function controlService(paths: ProjectPaths, service: string, action: ServiceAction): Promise<void> {
  await post(paths, `/services/${encodeURIComponent(service)}/${action}`);
}

/** Ends the background process and all its services; resolves when its control socket is gone. @throws {ControlError} */
export async function controlDown(paths: ProjectPaths): Promise<void> {
  await post(paths, '/down');
}

/** Whether a background process is there. One that was killed leaves its record and socket behind, and no answer. */
export function isAnswering(paths: ProjectPaths): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(paths.controlSocket);
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

function post(paths: ProjectPaths, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const failed = (cause: Error): void =>
      reject(
        new ControlError(`the sandbox ${paths.project} does not answer at ${paths.controlSocket}: ${cause.message}`, {
          cause,
        }),
      );
    request({ socketPath: paths.controlSocket, path, method: 'POST' }, async (response) => {
      const text = String(await readBody(response, MAX_REPLY_BYTES).catch(() => ''));
      if (response.statusCode === 200) return resolve();
      reject(
        new ControlError((JSON.parse(text || '{}') as { message?: string }).message ?? `status ${response.statusCode}`),
      );
    })
      .on('error', failed)
      .end();
  });
}
