import { resolve } from 'node:path';
import { isJsonObject, type JsonValue, TrustSandboxError } from '../../core/index.ts';
import { type KeyToken, openKeyToken, TokenMissingError } from '../../trust/index.ts';
import { readDockerConfig } from '../docker-config.ts';
import type { Io } from '../io.ts';
import { ioPrompter } from '../prompt.ts';
import type { Surroundings } from '../surroundings.ts';
import { readSecretFile } from './given-passphrases.ts';

/** What a configuration file says of a token does not have the form that it should have. */
export class TokenSettingsError extends TrustSandboxError {
  readonly code = 'TOKEN_SETTINGS';
}

/** Where a token is, and its PIN. */
export interface TokenSettings {
  /** Path of the PKCS #11 library. */
  readonly library: string;
  readonly label: string | undefined;
  readonly pinFile: string | undefined;
}

const VARIABLES = {
  library: 'TRUSTSANDBOX_TOKEN_MODULE',
  label: 'TRUSTSANDBOX_TOKEN',
  pin: 'TRUSTSANDBOX_TOKEN_PIN',
} as const;
const KNOWN: ReadonlySet<string> = new Set(['module', 'token', 'pinFile']);

/**
 * The token that variables or `trustToken` of docker's `config.json` name, looked for when keys are first asked for:
 *
 *     {"trustToken": {"module": "/usr/lib/softhsm/libsofthsm2.so", "token": "signing", "pinFile": "pin"}}
 *
 * Its PIN comes from `TRUSTSANDBOX_TOKEN_PIN`, else from the file, which nobody else may read, else from a prompt.
 */
export function configuredToken(io: Io, { dockerConfig }: Pick<Surroundings, 'dockerConfig'>): KeyToken {
  return openWhenAsked(io, async () => {
    const { trustToken } = (await readDockerConfig(dockerConfig)).value;
    return parseTokenSettings(trustToken, { name: 'trustToken', folder: dockerConfig }, io);
  });
}

/** A token that settings name, if they name one; they are read, and it is looked for, when keys are first asked for. */
export function openWhenAsked(io: Io, read: () => Promise<TokenSettings | undefined>): KeyToken {
  let opening: Promise<KeyToken | undefined> | undefined;
  const open = (): Promise<KeyToken | undefined> => {
    opening ??= read().then((settings) => settings && openKeyToken(settings, (token) => findPin(settings, token, io)));
    return opening;
  };
  return {
    list: async () => (await open())?.list() ?? [],
    async create(owner) {
      const token = await open();
      if (!token) throw new TokenMissingError();
      return token.create(owner);
    },
  };
}

/**
 * What a configuration file says under `name`, its paths relative to `folder`; variables come first.
 * @throws {TokenSettingsError}
 */
export function parseTokenSettings(
  value: JsonValue | undefined,
  { name, folder }: { readonly name: string; readonly folder: string },
  { env }: Pick<Io, 'env'>,
): TokenSettings | undefined {
  const given = value ?? {};
  if (!isJsonObject(given)) throw new TokenSettingsError(`${name} should be an object`);
  for (const [key, member] of Object.entries(given)) {
    if (!KNOWN.has(key)) throw new TokenSettingsError(`${name} has no member ${JSON.stringify(key)}`);
    if (typeof member !== 'string') throw new TokenSettingsError(`${name}.${key} should be text`);
  }
  const { module, token, pinFile } = given as Partial<Record<string, string>>;
  const library = env[VARIABLES.library] || module;
  if (!library) return undefined;
  const pin = pinFile === undefined ? undefined : resolve(folder, pinFile);
  return { library, label: env[VARIABLES.label] || token, pinFile: pin };
}

async function findPin({ pinFile }: TokenSettings, token: string, io: Io): Promise<string | undefined> {
  const given = io.env[VARIABLES.pin];
  if (given) return given;
  if (pinFile !== undefined) return (await readSecretFile(pinFile, io.cwd)).split(/\r?\n/)[0];
  return ioPrompter(io).askHidden(`Enter PIN of token ${token}: `);
}
