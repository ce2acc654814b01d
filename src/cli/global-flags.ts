import { type CommandGroup, ExitError } from './command.ts';
import type { FlagSpecs } from './flags.ts';
import type { GlobalOptions, Io } from './io.ts';
import { isLogLevel } from './log-level.ts';

/** docker's flags that stand before the command. `~` in a default is the user's home. */
export const flags = {
  config: { kind: 'string', help: 'Location of client config files (default "~/.docker")' },
  context: {
    kind: 'string',
    short: 'c',
    help: 'Name of the context to use to connect to the daemon (overrides DOCKER_HOST env var and default context set with "docker context use")',
  },
  debug: { kind: 'boolean', short: 'D', help: 'Enable debug mode' },
  host: { kind: 'list', short: 'H', help: 'Daemon socket to connect to' },
  'log-level': {
    kind: 'string',
    short: 'l',
    help: 'Set the logging level ("debug", "info", "warn", "error", "fatal") (default "info")',
  },
  tls: { kind: 'boolean', help: 'Use TLS; implied by --tlsverify' },
  tlscacert: { kind: 'string', help: 'Trust certs signed only by this CA (default "~/.docker/ca.pem")' },
  tlscert: { kind: 'string', help: 'Path to TLS certificate file (default "~/.docker/cert.pem")' },
  tlskey: { kind: 'string', help: 'Path to TLS key file (default "~/.docker/key.pem")' },
  tlsverify: { kind: 'boolean', help: 'Use TLS and verify the remote' },
} as const satisfies FlagSpecs;

/**
 * What the flags change: those that have a variable, as if it were set; the rest in `io.global`. A context named by a flag
 * goes before `DOCKER_HOST`, a host named by a flag before `DOCKER_CONTEXT`.
 * @throws {ExitError} flags that can't be together, or an unknown log level
 */
export const applyFlags: NonNullable<CommandGroup['applyFlags']> = (given, io) => {
  const text = (name: string): string | undefined => (typeof given[name] === 'string' ? given[name] : undefined);
  const hosts = Array.isArray(given.host) ? (given.host as string[]) : [];
  const context = text('context');
  if (hosts.length > 0 && context !== undefined) {
    throw new ExitError(1, 'conflicting options: cannot specify both --host and --context');
  }
  if (hosts.length > 1) {
    throw new ExitError(1, 'Failed to initialize: unable to resolve docker endpoint: Specify only one -H');
  }
  const [host] = hosts;
  const config = text('config');
  return {
    ...io,
    env: {
      ...io.env,
      ...(config !== undefined && { DOCKER_CONFIG: config }),
      ...(host !== undefined && { DOCKER_HOST: host, DOCKER_CONTEXT: undefined }),
      ...(context !== undefined && { DOCKER_CONTEXT: context, DOCKER_HOST: undefined }),
    },
    global: globalOptions(given, text, io),
  };
};

function globalOptions(
  given: Readonly<Record<string, unknown>>,
  text: (name: string) => string | undefined,
  io: Io,
): GlobalOptions {
  const level = text('log-level')?.toLowerCase();
  if (level !== undefined && !isLogLevel(level)) throw new ExitError(1, `Unable to parse logging level: ${level}`);
  const [ca, cert, key] = [text('tlscacert'), text('tlscert'), text('tlskey')];
  return {
    ...io.global,
    ...(given.debug === true && { isDebug: true }),
    ...(level !== undefined && { logLevel: level }),
    ...(typeof given.tls === 'boolean' && { tls: given.tls }),
    ...(typeof given.tlsverify === 'boolean' && { tlsVerify: given.tlsverify }),
    ...(ca !== undefined && { caFile: ca }),
    ...(cert !== undefined && { certFile: cert }),
    ...(key !== undefined && { keyFile: key }),
  };
}
