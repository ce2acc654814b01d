import { readFile, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Log } from '../../core/index.ts';
import { errorMessage } from '../../core/index.ts';
import type { SettingsFile } from '../../settings/index.ts';
import { ExitError } from '../command.ts';
import type { Io } from '../io.ts';

const MAX_FILE_BYTES = 1024 * 1024;

/** A configuration file, by its path as it was typed. @throws {ExitError} it cannot be read, or is too large */
export async function readSettingsFile(path: string, { cwd }: Io): Promise<SettingsFile> {
  const full = resolve(cwd, path);
  try {
    const { size } = await stat(full);
    if (size > MAX_FILE_BYTES) throw new ExitError(1, `${path}: larger than the ${MAX_FILE_BYTES} bytes allowed here`);
    return { path, text: await readFile(full, 'utf8') };
  } catch (thrown) {
    if (thrown instanceof ExitError) throw thrown;
    throw new ExitError(1, `configuration cannot be read: ${errorMessage(thrown)}`, { cause: thrown });
  }
}

export function logWarnings(warnings: readonly string[], log: Log): void {
  for (const setting of warnings) log.warn('configuration', { setting });
}
