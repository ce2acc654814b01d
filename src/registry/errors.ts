import { TrustSandboxError } from '../core/index.ts';

/**
 * What the registry answers when it refuses: status and message by code (distribution-spec v1.1, "Error Codes"; the
 * messages, TAG_INVALID, RANGE_INVALID and PAGINATION_NUMBER_INVALID are those of CNCF distribution; PRECONDITION_FAILED
 * is for conditional requests, which neither has).
 */
export const REGISTRY_ERRORS = {
  BLOB_UNKNOWN: [404, 'blob unknown to registry'],
  BLOB_UPLOAD_INVALID: [404, 'blob upload invalid'],
  BLOB_UPLOAD_UNKNOWN: [404, 'blob upload unknown to registry'],
  DIGEST_INVALID: [400, 'provided digest did not match uploaded content'],
  MANIFEST_BLOB_UNKNOWN: [400, 'blob unknown to registry'],
  MANIFEST_INVALID: [400, 'manifest invalid'],
  MANIFEST_UNKNOWN: [404, 'manifest unknown'],
  NAME_INVALID: [400, 'invalid repository name'],
  NAME_UNKNOWN: [404, 'repository name not known to registry'],
  PAGINATION_NUMBER_INVALID: [400, 'invalid number of results requested'],
  PRECONDITION_FAILED: [412, 'the tag or manifest is not in the required state'],
  RANGE_INVALID: [416, 'invalid content range'],
  SIZE_INVALID: [400, 'provided length did not match content length'],
  TAG_INVALID: [400, 'manifest tag did not match URI'],
  TOOMANYREQUESTS: [429, 'too many requests'],
  UNAUTHORIZED: [401, 'authentication required'],
  UNAVAILABLE: [503, 'service unavailable'],
  UNKNOWN: [500, 'unknown error'],
  UNSUPPORTED: [405, 'The operation is unsupported.'],
} as const satisfies Record<string, readonly [status: number, message: string]>;

export type RegistryErrorCode = keyof typeof REGISTRY_ERRORS;

/** One entry of a reply's `errors`. `detail` is left out when there is none. */
export interface RegistryErrorEntry {
  readonly code: RegistryErrorCode;
  readonly message: string;
  readonly detail?: unknown;
}

/** A request refused for a reason the protocol has a code for. `detail` goes to the client as it is. */
export class RegistryError extends TrustSandboxError {
  readonly code: RegistryErrorCode;
  readonly status: number;
  /** Usually one; a manifest that names several missing blobs has one for each. */
  readonly entries: readonly RegistryErrorEntry[];

  constructor(code: RegistryErrorCode, detail?: unknown, options: RegistryErrorOptions = {}) {
    const [status, message] = REGISTRY_ERRORS[code];
    super(options.message ?? message, options);
    this.code = code;
    this.status = options.status ?? status;
    const details = options.details ?? [detail];
    this.entries = details.map((each) => ({
      code,
      message: this.message,
      ...(each === undefined ? {} : { detail: each }),
    }));
  }
}

interface RegistryErrorOptions extends ErrorOptions {
  readonly message?: string;
  readonly status?: number;
  /** Several details: one entry each. */
  readonly details?: readonly unknown[];
}
