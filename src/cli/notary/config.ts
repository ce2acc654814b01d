import { readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { isJsonObject, type JsonObject, type JsonValue, parseJson } from '../../core/index.ts';
import type { TrustPinning } from '../../tuf/index.ts';
import type { Io } from '../io.ts';
import { parseTokenSettings, type TokenSettings } from '../trust/configured-token.ts';
import { systemErrorText } from '../trust/key-name.ts';
import { parseTrustPinning } from '../trust/trust-pinning.ts';
import { NotaryCommandError } from './command.ts';
import type { GlobalFlags } from './global-flags.ts';

/** What notary's configuration file and flags come to. Paths are absolute. */
export interface NotaryConfig {
  readonly trustDir: string;
  readonly server: {
    readonly url: string;
    /** Authority that alone is believed. */
    readonly rootCa: string | undefined;
    readonly clientCertificate: string | undefined;
    readonly clientKey: string | undefined;
    readonly skipTlsVerify: boolean;
  };
  /** `trust_pinning` of the file. */
  readonly pinning: TrustPinning | undefined;
  /** `trust_token` of the file, or variables. */
  readonly token: TokenSettings | undefined;
}

/** Where things are unless said otherwise. */
const DEFAULT_URL = 'https://notary-server:4443';
const DEFAULT_FOLDER = '.notary';
const DEFAULT_FILE = 'config.json';

/**
 * Reads the configuration as notary 0.7 does: the file of `-c`, else `~/.notary/config.json` if there is one; then flags.
 * Names of settings are read whatever their case.
 * @throws {NotaryCommandError | TrustPinningError | TokenSettingsError} the file cannot be read, or a setting is of the wrong kind
 */
export async function readNotaryConfig(
  home: string,
  global: GlobalFlags,
  { cwd, env }: Pick<Io, 'cwd' | 'env'>,
): Promise<NotaryConfig> {
  const defaultDir = join(home, DEFAULT_FOLDER);
  const file = global.configFile ? resolve(cwd, global.configFile) : join(defaultDir, DEFAULT_FILE);
  const found = await readSettings(file, global.configFile);
  const remote = objectAt(found, 'remote_server') ?? {};
  const pinning = objectAt(found, 'trust_pinning');
  const folder = dirname(file);
  const path = (flag: string | undefined, name: string): string | undefined => {
    const text = textAt(remote, name);
    return flag ? resolve(cwd, flag) : text ? resolve(folder, text) : undefined;
  };
  const trustDir = global.trustDir ? expandHome(home, global.trustDir) : textAt(found, 'trust_dir');
  return {
    trustDir: resolve(cwd, expandHome(home, trustDir || defaultDir)),
    server: {
      url: global.server || textAt(remote, 'url') || DEFAULT_URL,
      rootCa: path(global.tlscacert, 'root_ca'),
      clientCertificate: path(global.tlscert, 'tls_client_cert'),
      clientKey: path(global.tlskey, 'tls_client_key'),
      skipTlsVerify: flagAt(remote, 'skipTLSVerify'),
    },
    token: parseTokenSettings(objectAt(found, 'trust_token'), { name: 'trust_token', folder }, { env }),
    pinning: pinning && parseTrustPinning(pinning, 'trust_pinning', folder),
  };
}

async function readSettings(file: string, named: string | undefined): Promise<JsonObject> {
  let bytes: Buffer;
  try {
    bytes = await readFile(file);
  } catch (cause) {
    if (!named && (cause as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw new NotaryCommandError(`error opening config file: open ${named ?? file}: ${systemErrorText(cause)}`, {
      cause,
    });
  }
  try {
    const parsed = parseJson(bytes);
    if (isJsonObject(parsed)) return parsed;
  } catch (cause) {
    throw new NotaryCommandError(`error opening config file: While parsing config: ${(cause as Error).message}`, {
      cause,
    });
  }
  throw new NotaryCommandError('error opening config file: While parsing config: not a JSON object');
}

function expandHome(home: string, path: string): string {
  if (path === '~' || path.startsWith('~/')) return join(home, path.slice(1));
  return path;
}

/** A member whose name is `name` but for its case. */
function memberOf(object: JsonObject, name: string): JsonValue | undefined {
  const wanted = name.toLowerCase();
  return Object.entries(object).find(([key]) => key.toLowerCase() === wanted)?.[1];
}

function objectAt(object: JsonObject, name: string): JsonObject | undefined {
  const value = memberOf(object, name);
  if (value === undefined || value === null || isJsonObject(value)) return value ?? undefined;
  throw wrongKind(name, 'an object');
}

function textAt(object: JsonObject, name: string): string | undefined {
  const value = memberOf(object, name);
  if (value === undefined || typeof value === 'string') return value;
  throw wrongKind(name, 'text');
}

function flagAt(object: JsonObject, name: string): boolean {
  const value = memberOf(object, name) ?? false;
  if (typeof value === 'boolean') return value;
  if (value === 'true' || value === 'false') return value === 'true';
  throw wrongKind(name, 'true or false');
}

function wrongKind(name: string, kind: string): NotaryCommandError {
  return new NotaryCommandError(`error opening config file: ${name} should be ${kind}`);
}
