import type { Log } from '../../core/index.ts';
import { KeyStore, TrustDirectory, TrustRepository } from '../../trust/index.ts';
import { COMPAT, type Gun, parseGun } from '../../tuf/index.ts';
import type { Io } from '../io.ts';
import type { Surroundings } from '../surroundings.ts';
import { openWhenAsked } from '../trust/configured-token.ts';
import { variableRules } from '../trust/trust-options.ts';
import type { NotaryCall } from './command.ts';
import { type NotaryConfig, readNotaryConfig } from './config.ts';
import { type Access, connectNotary, offlineServer } from './connect.ts';
import { notaryLog } from './log.ts';
import { notaryPassphrases } from './passphrases.ts';

/** What the commands of `notary` work with. */
export interface NotaryContext {
  readonly io: Io;
  readonly log: Log;
  readonly config: NotaryConfig;
  readonly surroundings: Surroundings;
  readonly directory: TrustDirectory;
  /** Keys that are opened or made stay in memory for the whole command. */
  readonly keys: KeyStore;
}

/** Reads the configuration. @throws as `readNotaryConfig` */
export async function openNotary({ io, global, findSurroundings }: NotaryCall): Promise<NotaryContext> {
  const log = notaryLog(io, global);
  const surroundings = await findSurroundings(io);
  const config = await readNotaryConfig(surroundings.home, global, io);
  log.debug(`trust directory: ${config.trustDir}`);
  const directory = new TrustDirectory(config.trustDir);
  return { io, log, config, surroundings, directory, keys: openKeys({ io, log, config, directory }) };
}

/** The keys of a trust directory and of the token, none of them open, and no passphrase known yet. */
export function openKeys({
  io,
  log,
  config,
  directory,
}: Pick<NotaryContext, 'io' | 'log' | 'config' | 'directory'>): KeyStore {
  const token = config.token && openWhenAsked(io, async () => config.token);
  return new KeyStore(directory, notaryPassphrases(io), { log, token });
}

/**
 * A collection, over the server that the configuration names; without `access` nothing is asked of any server.
 * @throws {GunInvalidError} and as `connectNotary`
 */
export async function openCollection(
  context: NotaryContext,
  gun: Gun,
  access: Access | undefined,
): Promise<TrustRepository> {
  const { directory, keys, io, log, config } = context;
  const server = access === undefined ? offlineServer() : await connectNotary(context, gun, access);
  return new TrustRepository({
    gun,
    directory,
    server,
    keys,
    clock: context.surroundings.clock,
    log,
    pinning: config.pinning,
    rules: variableRules(io) ?? COMPAT,
    snapshotKeyHolder: 'client',
  });
}

/** A collection to stage changes for. @throws {GunInvalidError} */
export async function openStaging(context: NotaryContext, text: string): Promise<TrustRepository> {
  return openCollection(context, parseGun(text), undefined);
}
