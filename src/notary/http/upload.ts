import { type Envelope, isRoleName, isTufError, parseEnvelope, type RoleName, readCommon } from '../../tuf/index.ts';
import { WireError } from '../wire-error.ts';
import { type Part, parseHeaderValue, parseMultipart } from './multipart.ts';

/** One file of an upload. The version is what the file says; nothing about it is verified yet. */
export interface OfferedFile {
  readonly role: RoleName;
  readonly version: number;
  readonly envelope: Envelope;
}

/** What one request offers, by role. Of a role sent twice the last counts. */
export type Upload = ReadonlyMap<RoleName, OfferedFile>;

/**
 * Reads the body of `POST /v2/<gun>/_trust/tuf/`: one part for each role, its file name the role, with or without `.json`.
 * The name keeps its folders: `targets/alice` is a role.
 * @throws {WireError} MALFORMED_UPLOAD, NO_FILENAME, INVALID_ROLE, MALFORMED_JSON; the first fault decides
 */
export function parseUpload(contentType: string | undefined, body: Buffer): Upload {
  const files = parseMultipart(contentType, body).map(parseFile);
  return new Map(files.map((file) => [file.role, file]));
}

function parseFile({ headers, content }: Part): OfferedFile {
  const [, parameters] = parseHeaderValue(headers.get('content-disposition') ?? '');
  const role = (parameters.get('filename') ?? '').replace(/\.json$/, '');
  if (role === '') throw new WireError('NO_FILENAME');
  if (!isRoleName(role)) throw new WireError('INVALID_ROLE', role);
  try {
    const envelope = parseEnvelope(content);
    return { role, version: readCommon(envelope.signed).version, envelope };
  } catch (cause) {
    if (isTufError(cause)) throw new WireError('MALFORMED_JSON');
    throw cause;
  }
}
