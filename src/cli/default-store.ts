import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import type { JsonObject } from '../core/index.ts';
import { type DockerConfig, memberOf } from './docker-config.ts';
import type { Io } from './io.ts';

/**
 * The configuration with the credential store of the machine, where it says nothing of credentials yet and the machine has
 * one (docker CLI 28, `config/credentials`): `pass` where there is pass, else the secret service.
 */
export async function withDefaultStore(config: DockerConfig, { env }: Pick<Io, 'env'>): Promise<DockerConfig> {
  if (hasCredentials(config.value)) return config;
  const folders = (env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  const store = await storeOf(folders);
  const isThere = await findProgram(folders, `docker-credential-${store}`);
  return isThere ? { ...config, value: { ...config.value, credsStore: store } } : config;
}

function hasCredentials(value: JsonObject): boolean {
  const { credsStore } = value;
  const isNamed = typeof credsStore === 'string' && credsStore !== '';
  return isNamed || [memberOf(value, 'credHelpers'), memberOf(value, 'auths')].some((it) => Object.keys(it).length > 0);
}

async function storeOf(folders: readonly string[]): Promise<string> {
  if (process.platform === 'darwin') return 'osxkeychain';
  if (process.platform === 'win32') return 'wincred';
  return (await findProgram(folders, 'pass')) ? 'pass' : 'secretservice';
}

async function findProgram(folders: readonly string[], name: string): Promise<boolean> {
  const canRun = (folder: string): Promise<boolean> =>
    access(join(folder, name), constants.X_OK).then(
      () => true,
      () => false,
    );
  return (await Promise.all(folders.map(canRun))).includes(true);
}
