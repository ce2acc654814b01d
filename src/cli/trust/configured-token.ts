import { resolve } from 'node:path';
import { isJsonObject, TrustSandboxError } from '../../core/index.ts';
import { type KeyToken, openKeyToken, TokenMissingError } from '../../trust/index.ts';
import { readDockerConfig } from '../docker-config.ts';
import type { Io } from '../io.ts';
import { ioPrompter } from '../prompt.ts';
import type { Surroundings } from '../surroundings.ts';
import { readSecretFile } from './given-passphrases.ts';

/** `trustToken` of docker's configuration does not have the form that it should have. */
export class TokenSettingsError extends TrustSandboxError {
  readonly code = 'TOKEN_SETTINGS';
}

interface TokenSettings {
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
  let opening: Promise<KeyToken | undefined> | undefined;
  const open = (): Promise<KeyToken | undefined> => {
    opening ??= readTokenSettings(io, dockerConfig).then(
      (settings) => settings && openKeyToken(settings, (token) => findPin(settings, token, io, dockerConfig)),
    );
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

/** @throws {DockerConfigError | TokenSettingsError} */
async function readTokenSettings({ env }: Io, dockerConfig: string): Promise<TokenSettings | undefined> {
  const value = (await readDockerConfig(dockerConfig)).value.trustToken ?? {};
  if (!isJsonObject(value)) throw new TokenSettingsError('trustToken should be an object');
  for (const [name, member] of Object.entries(value)) {
    if (!KNOWN.has(name)) throw new TokenSettingsError(`trustToken has no member ${JSON.stringify(name)}`);
    if (typeof member !== 'string') throw new TokenSettingsError(`trustToken.${name} should be text`);
  }
  const { module, token, pinFile } = value as Partial<Record<string, string>>;
  const library = env[VARIABLES.library] || module;
  if (!library) return undefined;
  return { library, label: env[VARIABLES.label] || token, pinFile };
}

async function findPin(
  { pinFile }: TokenSettings,
  token: string,
  io: Io,
  dockerConfig: string,
): Promise<string | undefined> {
  const given = io.env[VARIABLES.pin];
  if (given) return given;
  if (pinFile !== undefined)
    return (await readSecretFile(resolve(dockerConfig, pinFile), dockerConfig)).split(/\r?\n/)[0];
  return ioPrompter(io).askHidden(`Enter PIN of token ${token}: `);
}
