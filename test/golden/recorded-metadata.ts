import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export const RECORDINGS = join(import.meta.dirname, 'recordings');

/** Bytes of one recorded file; `path` below `recordings/`. */
export function readRecording(path: string): Buffer {
  return readFileSync(join(RECORDINGS, path));
}

/** Paths of all recorded metadata files, as the notary server served them and as clients cached them. */
export function listRecordedMetadata(): string[] {
  return ['notary-metadata', 'trust-dir']
    .flatMap((folder) =>
      readdirSync(join(RECORDINGS, folder), { recursive: true, encoding: 'utf8' }).map((file) => `${folder}/${file}`),
    )
    .filter((file) => /^notary-metadata\/[^/]+\/.*\.json$|\/metadata\/.*\.json$/.test(file))
    .filter((file) => !file.endsWith('.key.json'))
    .sort();
}
