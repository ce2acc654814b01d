import { type GrantRule, Grants, type ListenAddress } from '../../http/index.ts';
import { type HttpConfig, type LogConfig, readHttp, readLog } from '../../registry/index.ts';
import {
  type Environment,
  type ReadSettings,
  readSettings,
  type Section,
  type SettingsFile,
} from '../../settings/index.ts';

/** What a server of tokens is told. */
export interface TokenServerConfig {
  readonly http: HttpConfig;
  /** `iss` of the tokens. */
  readonly issuer: string;
  readonly services: readonly string[];
  /** Registries whose names are left out of grants: see `Grants`. */
  readonly hosts: readonly string[];
  /** The htpasswd file. */
  readonly users: string;
  /** Folder of the signing key, its certificate and its key set. */
  readonly keys: string;
  readonly algorithm: 'ES256' | 'RS256';
  /** Do tokens carry the certificate? */
  readonly hasCertificate: boolean;
  readonly tokenSeconds: number;
  readonly refreshSeconds: number;
  readonly grants: readonly GrantRule[];
  readonly log: LogConfig;
}

const PREFIX = 'TRUSTSANDBOX_TOKENS_';
const DEFAULT_ADDRESS: ListenAddress = { kind: 'tcp', host: '127.0.0.1', port: 5001 };
const MIN_TOKEN_SECONDS = 60; // docker takes less for a minute
const DEFAULT_TOKEN_MS = 300_000;
const DEFAULT_REFRESH_MS = 90 * 86_400_000;
const ACTIONS: ReadonlySet<string> = new Set(['pull', 'push', 'delete', '*']);

/**
 * Reads the configuration of a server of tokens (`docs/wire/tokens.md`).
 * @throws {ConfigurationError} with everything that is wrong, by name and line
 */
export function parseTokenConfig(file: SettingsFile, environment: Environment): ReadSettings<TokenServerConfig> {
  return readSettings({ file, environment, prefix: PREFIX }, readConfig);
}

function readConfig(top: Section): TokenServerConfig {
  const http = top.section('http');
  const tokens = top.section('tokens');
  const services = top.texts('services');
  if (services.length === 0)
    top.problem('services', 'must name at least one: what registries and Notary servers are called');
  const issuer = top.requiredText('issuer');
  if (services.includes(issuer)) top.problem('services', `${issuer} is the issuer itself`);
  const hosts = top.texts('hosts');
  const tokenSeconds = Math.floor((tokens.duration('lifetime') ?? DEFAULT_TOKEN_MS) / 1000);
  if (tokenSeconds < MIN_TOKEN_SECONDS) tokens.problem('lifetime', `want ${MIN_TOKEN_SECONDS}s at least`);
  return {
    http: { ...readHttp(http), ...(http.has('addr') ? {} : { address: DEFAULT_ADDRESS }) },
    issuer,
    services,
    hosts,
    users: top.requiredText('users'),
    keys: top.requiredText('keys'),
    algorithm: top.oneOf('algorithm', ['ES256', 'RS256']) ?? 'ES256',
    hasCertificate: top.boolean('x5c') ?? true,
    tokenSeconds,
    refreshSeconds: Math.floor((tokens.duration('refresh') ?? DEFAULT_REFRESH_MS) / 1000),
    grants: top.sections('grants').map((each) => readGrant(each)),
    log: readLog(top),
  };
}

/** `{user: alice, repository: team/**, actions: [pull, push]}`, or `registry: catalog`. */
function readGrant(section: Section): GrantRule {
  const users = [...section.texts('user'), ...section.texts('users')];
  if (users.length === 0) section.problem('user', 'must be given: a name, * or anonymous');
  const actions = section.texts('actions');
  if (actions.length === 0) section.problem('actions', 'must be given: pull, push, delete or *');
  for (const action of actions) {
    if (!ACTIONS.has(action))
      section.problem('actions', `${JSON.stringify(action)} is none of ${[...ACTIONS].join(', ')}`);
  }
  const type = section.has('registry') ? 'registry' : 'repository';
  if (section.has('registry') && section.has('repository')) section.problem('registry', 'stands beside repository');
  const rule = { users, type, name: section.requiredText(type), actions };
  try {
    new Grants([rule]);
  } catch (thrown) {
    section.problem(type, thrown instanceof Error ? thrown.message : String(thrown));
  }
  return rule;
}
