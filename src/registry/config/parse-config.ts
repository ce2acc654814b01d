import {
  type Environment,
  type ReadSettings,
  readSettings,
  type Section,
  type SettingsFile,
} from '../../settings/index.ts';
import { readAuth } from './auth.ts';
import type { ProxyConfig, RegistryConfig } from './config.ts';
import { readHealth } from './health.ts';
import { readHttp } from './http.ts';
import { readLog } from './log.ts';
import { readNotifications } from './notifications.ts';
import { readStorage } from './storage.ts';
import { readValidation } from './validation.ts';

const VERSION = '0.1';
const PREFIX = 'REGISTRY_';
/** Names the file, and is no setting. */
export const PATH_VARIABLE = 'REGISTRY_CONFIGURATION_PATH';
const DEFAULT_CATALOG_ENTRIES = 1000;
const DEFAULT_TTL_MS = 168 * 3_600_000;

/**
 * Reads distribution's configuration file and the `REGISTRY_*` variables over it. Without a file everything has its default;
 * blobs are kept in `defaultRoot`.
 * @throws {ConfigurationError} with everything that is wrong, by name and line
 */
export function parseConfig(
  file: SettingsFile | undefined,
  environment: Environment,
  defaultRoot: string,
): ReadSettings<RegistryConfig> {
  const source = { file, environment, prefix: PREFIX, except: [PATH_VARIABLE] };
  return readSettings(source, (top) => readConfig(top, { defaultRoot, isFile: file !== undefined }));
}

function readConfig(top: Section, { defaultRoot, isFile }: { defaultRoot: string; isFile: boolean }): RegistryConfig {
  const version = top.text('version');
  if (isFile && version !== VERSION) top.problem('version', `want ${VERSION}, found ${JSON.stringify(version ?? '')}`);
  for (const key of ['middleware', 'reporting', 'compatibility', 'policy'] as const) {
    top.ineffective(key, 'there is no such thing here');
  }
  top.section('redis').plain(); // only ever a cache
  return {
    ...readStorage(top.section('storage', { nameAlone: true }), defaultRoot),
    http: readHttp(top.section('http')),
    auth: readAuth(top.section('auth', { nameAlone: true })),
    log: readLog(top),
    health: readHealth(top.section('health')),
    notifications: readNotifications(top.section('notifications')),
    proxy: readProxy(top.section('proxy')),
    urlRules: readValidation(top.section('validation')),
    catalogMaxEntries: readLimit(top.section('catalog'), 'maxentries') ?? DEFAULT_CATALOG_ENTRIES,
    maxTags: readLimit(top.section('tags'), 'maxtags'),
  };
}

/** Zero and less stand for the default. */
function readLimit(section: Section, key: string): number | undefined {
  const limit = section.integer(key, { min: Number.MIN_SAFE_INTEGER }) ?? 0;
  return limit > 0 ? limit : undefined;
}

function readProxy(section: Section): ProxyConfig | undefined {
  const remoteUrl = section.text('remoteurl');
  const exec = section.section('exec');
  const command = exec.text('command');
  const lifetimeMs = exec.duration('lifetime');
  const rest = {
    username: section.text('username'),
    password: section.text('password'),
    ttlMs: section.duration('ttl') ?? DEFAULT_TTL_MS,
    exec: command === undefined ? undefined : { command, lifetimeMs },
  };
  if (remoteUrl === undefined || remoteUrl === '') return undefined;
  if (!/^https?:\/\//.test(remoteUrl)) section.problem('remoteurl', 'want a URL, https://registry.example.com');
  return { remoteUrl, ...rest };
}
