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

/** A file of an archive, whole. */
type ArchivedFile = readonly [name: string, text: string];

/**
 * Of an archive, tar or zip by its first bytes, only what a context has; names lead nowhere.
 * @throws {ContextArchiveError}
 */
export async function unpackContext(
  archive: Uint8Array,
): Promise<{ value: JsonObject; tls: ReadonlyMap<TlsFile, string> }> {
  const isZip = archive[0] === 0x50 && archive[1] === 0x4b;
  const tls = new Map<TlsFile, string>();
  let value: JsonObject | undefined;
  for (const [name, text] of isZip ? await readZip(archive) : await readTar(archive)) {
    const file = TLS_FILES.find((known) => name === TLS_FOLDER + known);
    if (file) tls.set(file, text);
    else if (name === 'meta.json') value = readMetadata(text);
    else throw new ContextArchiveError(`${name}: unexpected context file`);
  }
  if (!value) throw new ContextArchiveError('invalid context: no metadata found');
  return { value, tls };
}

async function readTar(archive: Uint8Array): Promise<ArchivedFile[]> {
  const { extract: openExtract } = await loadTar();
  const extract = openExtract();
  extract.end(withEnd(archive));
  const files: ArchivedFile[] = [];
  try {
    for await (const entry of extract) {
      const chunks: Buffer[] = [];
      for await (const chunk of entry as AsyncIterable<Buffer>) chunks.push(chunk);
      const { name, type } = entry.header;
      if (type === 'file') files.push([name, Buffer.concat(chunks).toString('utf8')]);
    }
  } catch (cause) {
    throw new ContextArchiveError('unexpected EOF', { cause });
  }
  return files;
}

/** As large unpacked, all together, as an archive may be. */
async function readZip(archive: Uint8Array): Promise<ArchivedFile[]> {
  const { unzipSync } = await import('fflate');
  let size = 0;
  const filter = ({ name, originalSize }: { readonly name: string; readonly originalSize: number }): boolean => {
    size += originalSize; // no more than that is unpacked, whatever comes
    if (size > MAX_ARCHIVE_BYTES) throw new ContextArchiveError('read exceeds the defined limit');
    return !name.endsWith('/');
  };
  try {
    return Object.entries(unzipSync(archive, { filter })).map(([name, bytes]) => [
      name,
      Buffer.from(bytes).toString('utf8'),
    ]);
  } catch (cause) {
    if (cause instanceof ContextArchiveError) throw cause;
    throw new ContextArchiveError('zip: not a valid zip file', { cause });
  }
}

/** docker's own archives end in the middle of their last block, without the empty ones that a tar archive ends with. */
function withEnd(archive: Uint8Array): Uint8Array {
  return Buffer.concat([archive, Buffer.alloc(BLOCK - (archive.byteLength % BLOCK) + 2 * BLOCK)]);
}

function readMetadata(text: string): JsonObject {
  try {
    const value = parseJson(text);
    if (isJsonObject(value)) return value;
  } catch (cause) {
    throw new ContextArchiveError(`invalid context: ${(cause as Error).message}`, { cause });
  }
  throw new ContextArchiveError('invalid context: no metadata found');
}

async function loadTar() {
  const { default: tar } = await import('tar-stream');
  return tar;
}
