import { TrustSandboxError } from '../../core/index.ts';

/** One entry of a registry's error body (distribution-spec v1.1, "Error Codes"). */
export interface RegistryProblem {
  readonly code: string;
  readonly message: string;
}

/**
 * The registry refused, and said why in the protocol's own words.
 * The message reads as docker shows it: `manifest unknown: manifest unknown`.
 */
export class RegistryRefusedError extends TrustSandboxError {
  readonly code = 'REGISTRY_REFUSED';
  readonly status: number;
  readonly problems: readonly RegistryProblem[];
  constructor(status: number, problems: readonly RegistryProblem[]) {
    super(formatProblems(problems));
    this.status = status;
    this.problems = problems;
  }

  /** The code of the first problem, `MANIFEST_UNKNOWN` say. */
  get reason(): string {
    return this.problems[0]?.code ?? 'UNKNOWN';
  }
}

/** A status the protocol does not foresee here, or an error without a readable body. */
export class RegistryStatusError extends TrustSandboxError {
  readonly code = 'REGISTRY_STATUS';
  readonly status: number;
  constructor(status: number, statusText: string) {
    super(`received unexpected HTTP status: ${status} ${statusText}`.trimEnd());
    this.status = status;
  }
}

/** No answer: nobody listens, no such host, a certificate nobody vouches for, plain text where TLS was expected. */
export class RegistryUnreachableError extends TrustSandboxError {
  readonly code = 'REGISTRY_UNREACHABLE';
  readonly url: string;
  constructor(method: string, url: string, reason: string, options?: ErrorOptions) {
    super(`${titleCase(method)} ${JSON.stringify(url)}: ${reason}`, options);
    this.url = url;
  }
}

/** The body ended before its announced end. */
export class RegistryTruncatedError extends TrustSandboxError {
  readonly code = 'REGISTRY_TRUNCATED';
  constructor(options?: ErrorOptions) {
    super('unexpected EOF', options);
  }
}

/** An answer that breaks the protocol: no Location, a digest that is none, a manifest over its limit. */
export class RegistryProtocolError extends TrustSandboxError {
  readonly code = 'REGISTRY_PROTOCOL';
}

/** The token service gave no token. `status` as it answered. */
export class RegistryTokenError extends TrustSandboxError {
  readonly code = 'REGISTRY_TOKEN';
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** All that a registry client throws on purpose. */
export type RegistryClientError =
  | RegistryRefusedError
  | RegistryStatusError
  | RegistryUnreachableError
  | RegistryTruncatedError
  | RegistryProtocolError
  | RegistryTokenError;

function formatProblems(problems: readonly RegistryProblem[]): string {
  const lines = problems.map(({ code, message }) => {
    const words = code.toLowerCase().replaceAll('_', ' ');
    return message === '' ? words : `${words}: ${message}`;
  });
  return lines.length > 1 ? `errors:\n${lines.join('\n')}\n` : (lines[0] ?? 'unknown error');
}

function titleCase(method: string): string {
  return method.charAt(0) + method.slice(1).toLowerCase();
}
