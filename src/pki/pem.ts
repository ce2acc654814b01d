import { TrustSandboxError } from '../core/index.ts';

/** Text that should hold a PEM block and holds none, or a broken one. */
export class PemInvalidError extends TrustSandboxError {
  readonly code = 'PEM_INVALID';
}

/** One PEM block (RFC 1421 §4.4, with its headers; RFC 7468 has none). */
export interface PemBlock {
  /** `CERTIFICATE`, `ENCRYPTED PRIVATE KEY`, … */
  readonly label: string;
  readonly headers: ReadonlyMap<string, string>;
  readonly bytes: Buffer;
}

const BLOCK = /-----BEGIN ([A-Z0-9 ]+)-----[ \t]*\r?\n([\s\S]*?)-----END \1-----/g;
const HEADER = /^([A-Za-z0-9-]+):[ \t]*(.*)$/;
const BASE64 = /^[A-Za-z0-9+/\s]*={0,2}\s*$/;
const PROC_TYPE = 'Proc-Type';
const NO_LINE_BREAK = /^[^\r\n]*$/;

/**
 * All blocks of a text, in order; what stands between them is passed over.
 * @throws {PemInvalidError} a block's body is not base64
 */
export function parsePem(text: string): readonly PemBlock[] {
  return [...text.matchAll(BLOCK)].map(([, label = '', body = '']) => parseBlock(label, body));
}

function parseBlock(label: string, text: string): PemBlock {
  const headers = new Map<string, string>();
  const lines = text.split(/\r?\n/);
  let line = 0;
  for (; line < lines.length; line += 1) {
    const header = HEADER.exec(lines[line] ?? '');
    if (!header) break;
    headers.set(header[1] ?? '', (header[2] ?? '').trim());
  }
  const body = lines.slice(line).join('\n');
  if (!BASE64.test(body)) throw new PemInvalidError(`PEM block ${label} is not base64`);
  return { label, headers, bytes: Buffer.from(body, 'base64') };
}

/**
 * The first block. @throws {PemInvalidError} there is none, or its body is not base64
 */
export function parseFirstPem(text: string): PemBlock {
  const [first] = parsePem(text);
  if (!first) throw new PemInvalidError('no PEM block found');
  return first;
}

/**
 * Writes a block as Go's encoder does: headers by name but Proc-Type first (RFC 1421 §4.6.1.1), an empty line, base64 in 64 columns, a final newline.
 * @throws {PemInvalidError} a header would break out of its line
 */
export function formatPem(label: string, bytes: Uint8Array, headers: Readonly<Record<string, string>> = {}): string {
  const names = Object.keys(headers).sort(byHeaderOrder);
  const head = names.map((name) => formatHeader(name, headers[name] ?? '')).join('');
  const body = Buffer.from(bytes)
    .toString('base64')
    .replace(/.{1,64}/g, '$&\n');
  return `-----BEGIN ${label}-----\n${head}${head ? '\n' : ''}${body}-----END ${label}-----\n`;
}

function byHeaderOrder(a: string, b: string): number {
  if (a === PROC_TYPE || b === PROC_TYPE) return a === PROC_TYPE ? -1 : 1;
  return a < b ? -1 : 1;
}

function formatHeader(name: string, value: string): string {
  if (!NO_LINE_BREAK.test(value)) throw new PemInvalidError(`PEM header ${name} holds a line break`);
  return `${name}: ${value}\n`;
}
