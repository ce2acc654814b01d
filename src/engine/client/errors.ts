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

/** Nobody answers at the Engine's address, or we may not speak to it. */
export class EngineUnreachableError extends TrustSandboxError {
  readonly code = 'ENGINE_UNREACHABLE';
  override readonly cause: NodeJS.ErrnoException;
  constructor(message: string, cause: NodeJS.ErrnoException) {
    super(message);
    this.cause = cause;
  }
}

/** The way to the Engine is broken: its name is unknown, its certificate is not trusted, ssh failed. */
export class EngineConnectError extends TrustSandboxError {
  readonly code = 'ENGINE_CONNECT';
}

/** The Engine went away in the middle of an answer, or its answer can't be read. */
export class EngineProtocolError extends TrustSandboxError {
  readonly code = 'ENGINE_PROTOCOL';
}
