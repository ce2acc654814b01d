import { once } from 'node:events';
import type { Log } from '../../core/index.ts';
import { ExitError } from '../command.ts';
import type { Io } from '../io.ts';

/** A server that runs and can be told to read its files anew, and to stop. */
export interface RunningServer {
  readonly url: string;
  reload(): Promise<void>;
  /** Lets it finish what it is doing. */
  stop(): Promise<void>;
}

/** Runs a server until SIGTERM or Ctrl-C; SIGHUP has it read certificates and credentials anew. */
export async function runServer(start: () => Promise<RunningServer>, io: Io, log: Log): Promise<number> {
  const server = await start().catch((error: unknown) => {
    throw isOfTheMachine(error) ? new ExitError(1, `cannot start: ${error.message}`, { cause: error }) : error;
  });
  using _ = io.onHangup(() => void server.reload());
  log.info('listening', { url: server.url });
  if (!io.signal.aborted) await once(io.signal, 'abort');
  log.info('stopping');
  await server.stop();
  log.info('stopped');
  return 0;
}

/** An address that is taken, a file that is not there, a certificate that is none: nothing that went wrong in here. */
function isOfTheMachine(error: unknown): error is NodeJS.ErrnoException {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return false;
  return 'syscall' in error || error.code.startsWith('ERR_OSSL') || error.code.startsWith('ERR_SSL');
}
