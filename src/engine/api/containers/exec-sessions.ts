import { randomBytes } from 'node:crypto';
import type { JsonObject, JsonValue } from '../../../core/index.ts';
import type { Publish } from '../../event-log.ts';
import type { HostContainer } from '../../host/container.ts';
import { type EngineHost, ProcessRefusedError } from '../../host/host.ts';
import type { HostProcess, ProcessRequest, TerminalSize } from '../../host/process.ts';
import { BadParameterError, ConflictError, NotHereError } from '../reply.ts';

/** A command that was prepared for a container, and what has become of it. */
export interface ExecSession {
  readonly id: string;
  readonly container: HostContainer;
  readonly request: ProcessRequest;
  readonly hasTerminal: boolean;
  readonly detachKeys: string;
  readonly attached: { readonly stdin: boolean; readonly stdout: boolean; readonly stderr: boolean };
  state:
    | { readonly kind: 'created' }
    | { readonly kind: 'running'; readonly process: HostProcess }
    | { readonly kind: 'ended'; readonly exitCode: number; readonly pid: number };
}

const DEFAULT_SIZE: TerminalSize = { rows: 24, columns: 80 };
const MAX_SESSIONS = 1000; // the oldest that ended are forgotten

/** Commands in containers, by id (Engine API v1.51, "Exec"). */
export class ExecSessions {
  readonly #host: EngineHost;
  readonly #publish: Publish;
  readonly #sessions = new Map<string, ExecSession>();

  constructor(host: EngineHost, publish: Publish) {
    this.#host = host;
    this.#publish = publish;
  }

  /** @throws {BadParameterError | ConflictError} no command, or the container does not run */
  create(container: HostContainer, body: JsonObject): ExecSession {
    const command = textsOf(body.Cmd);
    if (command.length === 0) throw new BadParameterError('no exec command specified');
    if (container.state !== 'running') throw new ConflictError(`container ${container.id} is not running`);
    const hasTerminal = body.Tty === true;
    const workingFolder = textOf(body.WorkingDir);
    const session: ExecSession = {
      id: randomBytes(32).toString('hex'),
      container,
      request: {
        command,
        environment: Object.fromEntries(textsOf(body.Env).map(splitVariable)),
        workingFolder: workingFolder === '' ? undefined : workingFolder,
        user: textOf(body.User),
        hasInput: body.AttachStdin === true,
        terminal: hasTerminal ? (parseSize(body.ConsoleSize) ?? DEFAULT_SIZE) : undefined,
      },
      hasTerminal,
      detachKeys: textOf(body.DetachKeys),
      attached: {
        stdin: body.AttachStdin === true,
        stdout: body.AttachStdout === true,
        stderr: body.AttachStderr === true,
      },
      state: { kind: 'created' },
    };
    this.#forget();
    this.#sessions.set(session.id, session);
    this.#tell(session, `exec_create: ${command.join(' ')}`);
    return session;
  }

  /** @throws {NotHereError} */
  get(id: string): ExecSession {
    const found = this.#sessions.get(id);
    if (!found) throw new NotHereError(`No such exec instance: ${id}`);
    return found;
  }

  /** Ids of commands that have not ended in a container. */
  idsOf(containerId: string): string[] {
    return [...this.#sessions.values()]
      .filter(({ container, state }) => container.id === containerId && state.kind !== 'ended')
      .map(({ id }) => id);
  }

  /** Starts it. @throws {ConflictError | ProcessRefusedError} it was started before, or can't be */
  async start(session: ExecSession, size: TerminalSize | undefined): Promise<HostProcess> {
    if (session.state.kind !== 'created') {
      throw new ConflictError(`Error: Exec command ${session.id} has already run`);
    }
    const terminal = session.hasTerminal ? (size ?? session.request.terminal) : undefined;
    try {
      const process = await this.#host.run(session.container.id, { ...session.request, terminal });
      session.state = { kind: 'running', process };
      this.#tell(session, `exec_start: ${session.request.command.join(' ')}`);
      void process.exited.then((exitCode) => {
        session.state = { kind: 'ended', exitCode, pid: process.pid };
        this.#tell(session, 'exec_die', { exitCode: String(exitCode) });
      });
      return process;
    } catch (thrown) {
      const exitCode = thrown instanceof ProcessRefusedError ? thrown.status : 126;
      session.state = { kind: 'ended', exitCode, pid: 0 };
      throw thrown;
    }
  }

  #tell({ id, container }: ExecSession, action: string, more: Record<string, string> = {}): void {
    const { image, name, labels } = container;
    const attributes = { ...labels, execID: id, image, name, ...more };
    this.#publish({ type: 'container', action, id: container.id, attributes });
  }

  #forget(): void {
    for (const [id, { state }] of this.#sessions) {
      if (this.#sessions.size < MAX_SESSIONS) return;
      if (state.kind !== 'running') this.#sessions.delete(id);
    }
  }
}

/** `[height, width]`; undefined for what is none. */
export function parseSize(value: JsonValue | undefined): TerminalSize | undefined {
  if (!Array.isArray(value)) return undefined;
  const [rows, columns] = value as readonly JsonValue[];
  return typeof rows === 'number' && typeof columns === 'number' ? sizeOf(rows, columns) : undefined;
}

/** A size that a terminal can have; undefined for 0, which clients send when they do not know. */
export function sizeOf(rows: number, columns: number): TerminalSize | undefined {
  const isOne = (count: number): boolean => Number.isInteger(count) && count > 0 && count < 65_536;
  return isOne(rows) && isOne(columns) ? { rows, columns } : undefined;
}

/** What inspection says (Engine API v1.51, `ExecInspect`). */
export function execJson({ id, container, request, hasTerminal, attached, detachKeys, state }: ExecSession): unknown {
  const [entrypoint, ...args] = request.command;
  return {
    ID: id,
    Running: state.kind === 'running',
    ExitCode: state.kind === 'ended' ? state.exitCode : null,
    ProcessConfig: { tty: hasTerminal, entrypoint, arguments: args, privileged: false, user: request.user },
    OpenStdin: attached.stdin,
    OpenStderr: attached.stderr,
    OpenStdout: attached.stdout,
    CanRemove: state.kind === 'ended',
    ContainerID: container.id,
    DetachKeys: detachKeys,
    Pid: state.kind === 'running' ? state.process.pid : state.kind === 'ended' ? state.pid : 0,
  };
}

function splitVariable(line: string): readonly [string, string] {
  const at = line.indexOf('=');
  return at < 0 ? [line, ''] : [line.slice(0, at), line.slice(at + 1)];
}

function textsOf(value: JsonValue | undefined): string[] {
  if (typeof value === 'string') return [value];
  const items: readonly JsonValue[] = Array.isArray(value) ? value : [];
  return items.filter((item) => typeof item === 'string');
}

function textOf(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : '';
}
