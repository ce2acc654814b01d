import { isJsonObject, type JsonObject, parseJson, TrustSandboxError } from '../../core/index.ts';
import { type Context, TLS_FILES, type TlsFile } from './context-store.ts';

/** An archive that has no context in it. */
export class ContextArchiveError extends TrustSandboxError {
  readonly code = 'CLI_CONTEXT_ARCHIVE';
}

export const MAX_ARCHIVE_BYTES = 10 * 1024 * 1024;
const TLS_FOLDER = 'tls/docker/';
const BLOCK = 512;
const EPOCH = new Date(0);

/**
 * A context as docker exports it (docker CLI 28, `cli/context/store`): `meta.json`, and `tls/docker/*.pem` with keys in
 * plain text.
 */
export async function packContext(
  { value }: Pick<Context, 'value'>,
  tls: ReadonlyMap<TlsFile, string>,
): Promise<Buffer> {
  const { pack: openPack } = await loadTar();
  const pack = openPack();
  pack.entry({ name: 'meta.json', mode: 0o644, mtime: EPOCH }, JSON.stringify(value));
  pack.entry({ name: 'tls', type: 'directory', mode: 0o700, mtime: EPOCH });
  if (tls.size > 0) pack.entry({ name: 'tls/docker', type: 'directory', mode: 0o700, mtime: EPOCH });
  for (const [file, text] of tls) pack.entry({ name: TLS_FOLDER + file, mode: 0o600, mtime: EPOCH }, text);
  pack.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of pack as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Of an archive only what a context has; names lead nowhere. @throws {ContextArchiveError} */
export async function unpackContext(
  archive: Uint8Array,
): Promise<{ value: JsonObject; tls: ReadonlyMap<TlsFile, string> }> {
  const { extract: openExtract } = await loadTar();
  const extract = openExtract();
  if (archive[0] === 0x50 && archive[1] === 0x4b) {
    throw new ContextArchiveError('a zip archive is not read here: docker context export makes a tar archive');
  }
  extract.end(withEnd(archive));
  const tls = new Map<TlsFile, string>();
  let value: JsonObject | undefined;
  try {
    for await (const entry of extract) {
      const chunks: Buffer[] = [];
      for await (const chunk of entry as AsyncIterable<Buffer>) chunks.push(chunk);
      const text = Buffer.concat(chunks).toString('utf8');
      const { name } = entry.header;
      const file = TLS_FILES.find((known) => name === TLS_FOLDER + known);
      if (file) tls.set(file, text);
      else if (name === 'meta.json') value = readMetadata(text);
      else if (entry.header.type === 'file') throw new ContextArchiveError(`${name}: unexpected context file`);
    }
  } catch (cause) {
    throw cause instanceof ContextArchiveError ? cause : new ContextArchiveError('unexpected EOF', { cause });
  }
  if (!value) throw new ContextArchiveError('invalid context: no metadata found');
  return { value, tls };
}

/** docker's own archives end in the middle of their last block, without the empty ones that a tar archive ends with. */
function withEnd(archive: Uint8Array): Uint8Array {
  return Buffer.concat([archive, Buffer.alloc(BLOCK - (archive.byteLength % BLOCK) + 2 * BLOCK)]);
}

function readMetadata(text: string): JsonObject {
  const value = parseJson(text);
  if (!isJsonObject(value)) throw new ContextArchiveError('invalid context: no metadata found');
  return value;
}

async function loadTar() {
  const { default: tar } = await import('tar-stream');
  return tar;
}
