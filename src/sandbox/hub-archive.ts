import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { type Header, type Pack, pack } from 'tar-stream';

/** How a folder becomes a layer: when everything in it was made, and which of its files run. */
export interface LayerRules {
  readonly createdAt: Date;
  readonly executable: ReadonlySet<string>;
}

/**
 * A tar archive that depends on names and contents alone: sorted, owned by root, one time for all, modes by rule (those
 * of a checkout differ from machine to machine).
 */
export async function packFolder(folder: string, { createdAt, executable }: LayerRules): Promise<Buffer> {
  const archive = pack();
  const common = { mtime: createdAt, uid: 0, gid: 0, uname: '', gname: '' };
  for (const { path, isFolder } of listFolder(folder)) {
    if (isFolder) add(archive, { ...common, name: `${path}/`, type: 'directory', mode: 0o755 });
    else add(archive, { ...common, name: path, mode: executable.has(path) ? 0o755 : 0o644 }, join(folder, path));
  }
  archive.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of archive) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

type EntryHeader = Partial<Header> & Pick<Header, 'name'>;

function add(archive: Pack, header: EntryHeader, file?: string): void {
  archive.entry(header, file === undefined ? '' : readFileSync(file));
}

function listFolder(folder: string): { path: string; isFolder: boolean }[] {
  const prefix = folder.length + 1;
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .map((entry) => ({ path: join(entry.parentPath, entry.name).slice(prefix), isFolder: entry.isDirectory() }))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

const HEADER = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff]); // deflate, no time, unknown system
const MAX_STORED_BYTES = 0xffff;

/** Gzip (RFC 1952) in stored blocks (RFC 1951 §3.2.4): larger, but the same bytes whatever compressor there is. */
export function gzipStored(bytes: Buffer): Buffer {
  const parts: Buffer[] = [HEADER];
  for (let offset = 0; offset === 0 || offset < bytes.byteLength; offset += MAX_STORED_BYTES) {
    const block = bytes.subarray(offset, offset + MAX_STORED_BYTES);
    const head = Buffer.alloc(5);
    head.writeUInt8(offset + MAX_STORED_BYTES >= bytes.byteLength ? 1 : 0, 0);
    head.writeUInt16LE(block.byteLength, 1);
    head.writeUInt16LE(~block.byteLength & 0xffff, 3);
    parts.push(head, block);
  }
  const tail = Buffer.alloc(8);
  tail.writeUInt32LE(crc32(bytes), 0);
  tail.writeUInt32LE(bytes.byteLength % 2 ** 32, 4);
  return Buffer.concat([...parts, tail]);
}
