import { WireError } from '../wire-error.ts';

/** One part of a multipart body: its headers, names in lower case, and its content. */
export interface Part {
  readonly headers: ReadonlyMap<string, string>;
  readonly content: Buffer;
}

const MAX_PARTS = 4096;
const MAX_HEADER_BYTES = 8192;
const BOUNDARY = /^[0-9A-Za-z'()+_,\-./:=? ]{1,70}$/;
/** The second is what Go's reader takes too. */
const TYPES: ReadonlySet<string> = new Set(['multipart/form-data', 'multipart/mixed']);
const CRLF = Buffer.from('\r\n');
const BLANK_LINE = Buffer.from('\r\n\r\n');

/**
 * Cuts a gathered `multipart/form-data` body (RFC 7578, RFC 2046 §5.1) into its parts. Content is a view of `body`. Closing the
 * body at once, with no part before, is legal: it is how a client says that nothing changed.
 * @throws {WireError} MALFORMED_UPLOAD: another content type, no boundary, cut off, or not of that form
 */
export function parseMultipart(contentType: string | undefined, body: Buffer): Part[] {
  const [type, parameters] = parseHeaderValue(contentType ?? '');
  const boundary = parameters.get('boundary') ?? '';
  if (!TYPES.has(type) || !BOUNDARY.test(boundary)) throw malformed();
  const delimiter = Buffer.from(`--${boundary}`);
  const parts: Part[] = [];
  let at = findFirst(body, delimiter);
  for (;;) {
    const next = body.subarray(at, at + 2).toString('latin1');
    if (next === '--') return parts;
    if (next !== '\r\n' || parts.length === MAX_PARTS) throw malformed();
    const end = body.indexOf(Buffer.concat([CRLF, delimiter]), at);
    if (end < 0) throw malformed();
    parts.push(parsePart(body.subarray(at + 2, end + 2)));
    at = end + 2 + delimiter.length;
  }
}

/** Where the first delimiter ends; a preamble before it is skipped. */
function findFirst(body: Buffer, delimiter: Buffer): number {
  if (body.subarray(0, delimiter.length).equals(delimiter)) return delimiter.length;
  const found = body.indexOf(Buffer.concat([CRLF, delimiter]));
  if (found < 0) throw malformed();
  return found + 2 + delimiter.length;
}

/** `bytes` ends with the line break that belongs to the delimiter after it. */
function parsePart(bytes: Buffer): Part {
  const hasHeaders = !bytes.subarray(0, 2).equals(CRLF);
  const blank = hasHeaders ? bytes.indexOf(BLANK_LINE) : -2;
  if (hasHeaders && (blank < 0 || blank > MAX_HEADER_BYTES)) throw malformed();
  const headers = new Map<string, string>();
  for (const line of hasHeaders ? bytes.subarray(0, blank).toString('utf8').split('\r\n') : []) {
    const colon = line.indexOf(':');
    if (colon < 1) throw malformed();
    headers.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim());
  }
  const start = blank + 4;
  return { headers, content: bytes.subarray(start, Math.max(start, bytes.length - 2)) };
}

const PARAMETER = /;\s*([^\s;=]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;"]*))\s*/gy;

/** A header of the form `value; name=text; name="quoted text"`. Names and the value come in lower case. */
export function parseHeaderValue(text: string): [value: string, parameters: ReadonlyMap<string, string>] {
  const semicolon = text.indexOf(';');
  const value = (semicolon < 0 ? text : text.slice(0, semicolon)).trim().toLowerCase();
  const parameters = new Map<string, string>();
  const rest = semicolon < 0 ? '' : text.slice(semicolon);
  for (const [, name = '', quoted, token] of rest.matchAll(PARAMETER)) {
    parameters.set(name.toLowerCase(), quoted?.replace(/\\(.)/g, '$1') ?? token ?? '');
  }
  return [value, parameters];
}

function malformed(): WireError {
  return new WireError('MALFORMED_UPLOAD');
}
