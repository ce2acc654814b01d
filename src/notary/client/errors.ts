import { TrustSandboxError } from '../../core/index.ts';

/** The trust server has no such thing: 404. `resource` as real clients name it. */
export class RemoteNotFoundError extends TrustSandboxError {
  readonly code = 'NOTARY_REMOTE_NOT_FOUND';
  readonly resource: string;
  constructor(resource: string) {
    super(`${resource} trust data unavailable.  Has a notary repository been initialized?`);
    this.resource = resource;
  }
}

/** The trust server answered with a status that says nothing about the request, or wants a login (401). */
export class RemoteUnavailableError extends TrustSandboxError {
  readonly code = 'NOTARY_REMOTE_UNAVAILABLE';
  readonly status: number;
  constructor(status: number) {
    super(
      status === 401
        ? 'you are not authorized to perform this operation: server returned 401.'
        : `unable to reach trust server at this time: ${status}.`,
    );
    this.status = status;
  }
}

/** The trust server sent more than it could have meant to. */
export class RemoteMalformedError extends TrustSandboxError {
  readonly code = 'NOTARY_REMOTE_MALFORMED';
  constructor(options?: ErrorOptions) {
    super('trust server returned a bad response.', options);
  }
}

/** What the server found wrong with an update. */
export interface UpdateRefusal {
  /** `ErrBadRoot`, `ErrBadTargets`, `ErrBadSnapshot`, `ErrBadHierarchy` or `ErrValidation`. */
  readonly name: string;
  readonly message: string;
}

const REFUSALS: ReadonlyMap<string, string> = new Map([
  ['ErrValidation', 'An error occurred during validation'],
  ['ErrBadHierarchy', 'Metadata hierarchy is incomplete'],
  ['ErrBadRoot', 'The root metadata is invalid'],
  ['ErrBadTargets', 'The targets metadata is invalid'],
  ['ErrBadSnapshot', 'The snapshot metadata is invalid'],
]);

/** The trust server refused what it was sent: 400. */
export class RemoteRejectedError extends TrustSandboxError {
  readonly code = 'NOTARY_REMOTE_REJECTED';
  /** The server's own code, `VERSION` when somebody else published first; absent when it could not be read. */
  readonly wireCode: string | undefined;
  readonly refusal: UpdateRefusal | undefined;
  constructor(wireCode?: string, refusal?: UpdateRefusal) {
    const prefix = refusal && REFUSALS.get(refusal.name);
    super(prefix ? `${prefix}: ${refusal.message}` : 'trust server rejected operation.');
    this.wireCode = wireCode;
    this.refusal = prefix ? refusal : undefined;
  }
}

/** No answer at all: refused, unknown host, broken or untrusted TLS, cut off. Worded as Go words it. */
export class NetworkError extends TrustSandboxError {
  readonly code = 'NOTARY_NETWORK';
}

/** Everything a client of the trust server throws on purpose. */
export type NotaryClientError =
  | RemoteNotFoundError
  | RemoteUnavailableError
  | RemoteMalformedError
  | RemoteRejectedError
  | NetworkError;
