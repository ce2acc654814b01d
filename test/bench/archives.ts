import { createHash, randomFillSync } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { pack } from 'tar-stream';

export interface ArchivePlan {
  /** `name:tag` of each image. */
  readonly names: readonly string[];
  readonly layers: number;
  /** Of a layer, about. */
  readonly layerBytes: number;
  /** How much of it is text, 0 to 1; the rest is as good as random. */
  readonly text: number;
}

const MTIME = new Date('2020-01-01T00:00:00Z');
const BLOCK = 64 * 1024;
const TEXT = Buffer.from('The quick brown fox jumps over the lazy dog; 0123456789 times.\n'.repeat(1200));

/** Writes an archive that `docker load` takes (docker image spec v1.2); its layers are plain, and like no others. */
export async function writeImages(path: string, { names, layers, layerBytes, text }: ArchivePlan): Promise<void> {
  const archive = pack();
  const writing = pipeline(archive as unknown as Readable, createWriteStream(path));
  const entries = [];
  let count = 0;
  for (const name of names) {
    const [files, diffIds]: [string[], string[]] = [[], []];
    for (let i = 0; i < layers; i += 1) {
      const layer = await layerOf(layerBytes, text);
      diffIds.push(digestOf(layer));
      files.push(`${count++}/layer.tar`);
      await add(archive, files.at(-1) ?? '', layer);
    }
    const config = Buffer.from(
      JSON.stringify({
        architecture: process.arch === 'x64' ? 'amd64' : process.arch,
        os: 'linux',
        created: MTIME.toISOString(),
        config: { Cmd: ['/bin/true'] },
        rootfs: { type: 'layers', diff_ids: diffIds },
        history: diffIds.map((_, i) => ({ created: MTIME.toISOString(), created_by: `layer ${i}` })),
      }),
    );
    const file = `${digestOf(config).slice(7)}.json`;
    await add(archive, file, config);
    entries.push({ Config: file, RepoTags: [name], Layers: files });
  }
  await add(archive, 'manifest.json', Buffer.from(JSON.stringify(entries)));
  archive.finalize();
  await writing;
}

/** A tar of one file. */
async function layerOf(bytes: number, text: number): Promise<Buffer> {
  const random = Math.round(BLOCK * (1 - text));
  const content = Buffer.alloc(bytes);
  for (let at = 0; at < bytes; at += BLOCK) {
    randomFillSync(content.subarray(at, Math.min(bytes, at + random)));
    TEXT.copy(content, Math.min(bytes, at + random), 0, BLOCK - random);
  }
  const archive = pack();
  archive.entry({ name: 'file', mtime: MTIME }, content);
  archive.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of archive) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function add(archive: ReturnType<typeof pack>, name: string, bytes: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    archive.entry({ name, mtime: MTIME }, bytes, (error?: Error | null) => (error ? reject(error) : resolve()));
  });
}

function digestOf(bytes: Buffer): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}
