import { join, resolve } from 'node:path';
import { openStorage, PATH_VARIABLE, parseConfig, type RegistryConfig } from '../../registry/index.ts';
import { sandboxHome } from '../../sandbox/client/index.ts';
import type { StorageDriver } from '../../storage/index.ts';
import type { FlagSpecs } from '../flags.ts';
import { type Io, printLine } from '../io.ts';
import { readSettingsFile } from '../serve/settings-file.ts';

/** How a command is told which storage is meant. */
export const storageFlags = {
  root: { kind: 'string', value: 'folder', help: 'Folder of the storage, in place of what the configuration says' },
} as const satisfies FlagSpecs;

export interface StorageOptions {
  /** The registry's configuration file; without it, `REGISTRY_*` and the storage of `serve registry`. */
  readonly configPath: string | undefined;
  readonly root: string | undefined;
}

/** The configuration that a registry would have, and its storage. @throws {ConfigurationError | ExitError} */
export async function openConfiguredStorage(
  { configPath, root }: StorageOptions,
  io: Io,
): Promise<{ readonly config: RegistryConfig; readonly driver: StorageDriver }> {
  const path = configPath ?? (root === undefined ? io.env[PATH_VARIABLE] : undefined);
  const file = path ? await readSettingsFile(path, io) : undefined;
  const { value, warnings } = parseConfig(file, io.env, join(sandboxHome(io.env), '_registry', 'data'));
  for (const warning of warnings) printLine(io.stderr, `configuration: ${warning}`);
  const storage =
    root === undefined ? value.storage : ({ kind: 'filesystem', rootDirectory: resolve(io.cwd, root) } as const);
  return { config: value, driver: await openStorage(storage) };
}
