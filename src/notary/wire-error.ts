import { TrustSandboxError } from '../core/index.ts';

/** Every error the server answers with: status and message by code (`docs/wire/notary-v1.md`, "Errors"). */
export const WIRE_ERRORS = {
  METADATA_NOT_FOUND: { status: 404, message: 'You have requested metadata that does not exist.' },
  MALFORMED_UPLOAD: { status: 400, message: 'The body of your request is malformed.' },
  MALFORMED_JSON: { status: 400, message: 'JSON sent by the client could not be parsed by the server' },
  NO_FILENAME: { status: 400, message: 'No file/role name provided.' },
  INVALID_ROLE: { status: 400, message: 'The role you are attempting to operate on is invalid.' },
  INVALID_UPDATE: { status: 400, message: 'Update sent by the client is invalid.' },
  INVALID_GUN: { status: 400, message: 'The server does not support actions on images of this name.' },
  INVALID_PARAMETERS: { status: 400, message: 'The parameters provided are not valid.' },
  VERSION: { status: 400, message: 'A newer version of metadata is already available.' },
  UNAUTHORIZED: { status: 401, message: 'authentication required' },
  UNKNOWN: { status: 500, message: 'unknown error' },
} as const satisfies Record<string, { status: number; message: string }>;

export type WireErrorCode = keyof typeof WIRE_ERRORS;

/** An answer other than 200. `detail` is left out of the body when it is undefined. */
export class WireError extends TrustSandboxError {
  readonly code: `NOTARY_${WireErrorCode}`;
  readonly wireCode: WireErrorCode;
  readonly detail: unknown;
  readonly headers: Readonly<Record<string, string>>;

  constructor(wireCode: WireErrorCode, detail?: unknown, headers: Readonly<Record<string, string>> = {}) {
    super(WIRE_ERRORS[wireCode].message);
    this.code = `NOTARY_${wireCode}`;
    this.wireCode = wireCode;
    this.detail = detail;
    this.headers = headers;
  }

  get status(): number {
    return WIRE_ERRORS[this.wireCode].status;
  }

  /** Ends in a newline, as Go's encoder does. */
  get body(): string {
    const { detail, message } = this;
    return `${JSON.stringify({ errors: [{ code: this.wireCode, message, ...(detail === undefined ? {} : { detail }) }] })}\n`;
  }
}

/** What was wrong with an update, by the part that was wrong. */
export type UpdateProblem = 'ErrBadRoot' | 'ErrBadTargets' | 'ErrBadSnapshot' | 'ErrBadHierarchy' | 'ErrValidation';

/** An update that is refused for what it says, in the form a real client reads back. */
export function invalidUpdate(name: UpdateProblem, message: string, missing?: string): WireError {
  const fields = missing === undefined ? { Msg: message } : { Missing: missing, Msg: message };
  return new WireError('INVALID_UPDATE', { Name: name, Error: fields });
}
