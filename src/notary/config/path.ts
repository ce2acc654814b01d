import { resolve } from 'node:path';
import type { Section } from '../../settings/index.ts';

/** A path of the file: relative to the folder that the file is in. */
export function readPath(section: Section, key: string, folder: string): string | undefined {
  const path = section.text(key);
  return path === undefined || path === '' ? undefined : resolve(folder, path);
}
