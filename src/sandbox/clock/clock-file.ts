import { readFileSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ensureFolder } from '../../files/index.ts';

/** Milliseconds a project's time is ahead of the machine's; negative when behind. 0 where no such file is, or none that can be read. */
export function readClockOffset(path: string): number {
  try {
    const text = readFileSync(path, 'utf8').trim();
    const offset = /^-?\d{1,15}$/.test(text) ? Number(text) : 0;
    return Number.isSafeInteger(offset) ? offset : 0;
  } catch {
    return 0;
  }
}

/** Replaces the file whole, so that whoever reads it sees the old time or the new. */
export async function writeClockOffset(path: string, offsetMs: number): Promise<void> {
  await ensureFolder(dirname(path), 0o700);
  const draft = `${path}.${process.pid}`;
  await writeFile(draft, `${Math.round(offsetMs)}\n`, { mode: 0o600 });
  await rename(draft, path);
}
