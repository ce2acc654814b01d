import { type KeyRows, openKeyRows, type Passphrases, readPassphrases, type SignerConfig } from '../../notary/index.ts';
import { ExitError } from '../command.ts';
import type { FlagSpecs } from '../flags.ts';
import { type Io, printLine } from '../io.ts';
import { readSignerConfig } from '../serve/signer.ts';

/** How a command is told which signer is meant. */
export const signerFlags = {
  config: { kind: 'string', value: 'file', help: "The signer's configuration file (default: NOTARY_SIGNER_* alone)" },
} as const satisfies FlagSpecs;

/** The database of the signer that is meant, and its passphrases. */
export interface MeantSigner extends AsyncDisposable {
  readonly rows: KeyRows;
  readonly config: SignerConfig;
  /** @throws {SecretFileError} */
  passphrases(): Promise<Passphrases>;
}

/** @throws {ConfigurationError | ExitError | MigrationError | DatabaseUnavailableError} */
export async function openMeantSigner(configPath: string | undefined, io: Io): Promise<MeantSigner> {
  const { value: config, warnings } = await readSignerConfig(configPath, io);
  for (const warning of warnings) printLine(io.stderr, `configuration: ${warning}`);
  if (config.storage.kind === 'memory') throw new ExitError(1, 'keys in memory are with their signer alone');
  const { rows, [Symbol.asyncDispose]: dispose } = await openKeyRows(config.storage.location);
  return { rows, config, passphrases: () => readPassphrases(config), [Symbol.asyncDispose]: dispose };
}
