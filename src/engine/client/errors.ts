import { TrustSandboxError } from '../../core/index.ts';

/** The Engine refused. The message is as docker shows it. */
export class EngineResponseError extends TrustSandboxError {
  readonly code = 'ENGINE_RESPONSE';
  readonly status: number;
  /** What the Engine itself said. */
  readonly reason: string;
  constructor(status: number, reason: string) {
    super(`Error response from daemon: ${reason}`);
    this.status = status;
    this.reason = reason;
  }
}

/** Nobody answers at the Engine's address. */
export class EngineUnreachableError extends TrustSandboxError {
  readonly code = 'ENGINE_UNREACHABLE';
  constructor(host: string, cause: NodeJS.ErrnoException) {
    super(
      cause.code === 'EACCES'
        ? `permission denied while trying to connect to the Docker daemon socket at ${host}`
        : `Cannot connect to the Docker daemon at ${host}. Is the docker daemon running?`,
      { cause },
    );
  }
}

/** The Engine went away in the middle of an answer, or its answer can't be read. */
export class EngineProtocolError extends TrustSandboxError {
  readonly code = 'ENGINE_PROTOCOL';
}
