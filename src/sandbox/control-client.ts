import { type IncomingMessage, request } from 'node:http';
import { connect } from 'node:net';
import { TrustSandboxError } from '../core/index.ts';
import { readBody } from '../http/client/index.ts';
import type { ServiceAction } from './control.ts';
import type { SandboxEvent } from './front/sandbox-event.ts';
import type { ProjectPaths } from './project.ts';
import type { SandboxChange } from './sandbox-options.ts';
import type { SnapshotInfo } from './snapshots/snapshots.ts';

const MAX_REPLY_BYTES = 1024 * 1024;
const MAX_LINE_CHARACTERS = 64 * 1024;

/** The background process did not do what it was asked, or is not there. */
export class ControlError extends TrustSandboxError {
  readonly code = 'SANDBOX_CONTROL';
}

/** All services when none is named. @throws {ControlError} */
export async function controlServices(
  paths: ProjectPaths,
  action: ServiceAction,
  services?: readonly string[],
): Promise<void> {
  await ask(paths, 'POST', `/services/${action}`, services ? { services } : {});
}

/**
 * Has the sandbox play another plan, see `Sandbox.change`.
 * @throws {ControlError} with what kept a service from starting: the others run
 */
export async function controlPlan(paths: ProjectPaths, change: SandboxChange): Promise<void> {
  await ask(paths, 'PUT', '/plan', change);
}

/** Moves the project's time to `offsetMs` from the machine's. @throws {ControlError} */
export async function controlClock(paths: ProjectPaths, offsetMs: number): Promise<void> {
  await ask(paths, 'PUT', '/clock', { offsetMs });
}

/** Words of each fault that is set, by service. @throws {ControlError} */
export async function listFaults(paths: ProjectPaths): Promise<Readonly<Record<string, readonly string[]>>> {
  return (await ask(paths, 'GET', '/faults')) as Record<string, string[]>;
}

/** In place of the faults that are set, or besides them. @throws {ControlError} */
export async function setFault(
  paths: ProjectPaths,
  service: string,
  words: readonly string[],
  isAdded: boolean,
): Promise<void> {
  await ask(paths, 'POST', `/faults/${encodeURIComponent(service)}`, { words, isAdded });
}

/** Of one service, or of all. @throws {ControlError} */
export async function clearFaults(paths: ProjectPaths, service?: string): Promise<void> {
  await ask(paths, 'DELETE', service === undefined ? '/faults' : `/faults/${encodeURIComponent(service)}`);
}

/** @throws {ControlError} */
export async function controlSnapshot(paths: ProjectPaths, name: string): Promise<SnapshotInfo> {
  return (await ask(paths, 'POST', `/snapshots/${encodeURIComponent(name)}`)) as SnapshotInfo;
}

/** @throws {ControlError} */
export async function controlRestore(paths: ProjectPaths, name: string): Promise<void> {
  await ask(paths, 'POST', `/snapshots/${encodeURIComponent(name)}/restore`);
}

/** @throws {ControlError} */
export async function controlFork(paths: ProjectPaths, project: string): Promise<void> {
  await ask(paths, 'POST', `/fork/${encodeURIComponent(project)}`);
}

/** Ends the background process and all its services; resolves when its control socket is gone. @throws {ControlError} */
export async function controlDown(paths: ProjectPaths): Promise<void> {
  await ask(paths, 'POST', '/down');
}

/** Events that are remembered, then, if asked for, those to come, until `signal` aborts or the sandbox ends. @throws {ControlError} */
export async function* readEvents(
  paths: ProjectPaths,
  { after = 0, follows, signal }: { readonly after?: number; readonly follows: boolean; readonly signal: AbortSignal },
): AsyncGenerator<SandboxEvent> {
  const response = await send(paths, 'GET', `/events?after=${after}${follows ? '&follow' : ''}`, undefined, signal);
  let rest = '';
  try {
    for await (const chunk of response.setEncoding('utf8') as AsyncIterable<string>) {
      const lines = (rest + chunk).split('\n');
      rest = (lines.pop() ?? '').slice(0, MAX_LINE_CHARACTERS);
      for (const line of lines) yield JSON.parse(line) as SandboxEvent;
    }
  } catch (thrown) {
    if (!signal.aborted && (thrown as NodeJS.ErrnoException).code !== 'ECONNRESET') throw thrown; // the sandbox ended
  }
}

/** Whether a background process is there. One that was killed leaves its record and socket behind, and no answer. */
export function isAnswering(paths: ProjectPaths): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(paths.controlSocket);
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

async function ask(paths: ProjectPaths, method: string, path: string, body?: object): Promise<unknown> {
  const response = await send(paths, method, path, body);
  const text = String(await readBody(response, MAX_REPLY_BYTES).catch(() => '')); // `down` ends the connection
  const reply = parse(text);
  if (response.statusCode === 200) return reply;
  throw new ControlError((reply as { message?: string }).message ?? `status ${response.statusCode}`);
}

function send(
  paths: ProjectPaths,
  method: string,
  path: string,
  body?: object,
  signal?: AbortSignal,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const call = request({ socketPath: paths.controlSocket, path, method, ...(signal && { signal }) }, resolve);
    call.once('error', (cause) =>
      reject(
        new ControlError(`the sandbox ${paths.project} does not answer at ${paths.controlSocket}: ${cause.message}`, {
          cause,
        }),
      ),
    );
    call.end(body && JSON.stringify(body));
  });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text || '{}');
  } catch {
    return {};
  }
}
