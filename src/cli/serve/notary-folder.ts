import { join } from 'node:path';
import type { ServerSurroundings } from '../../notary/index.ts';
import { sandboxHome } from '../../sandbox/client/index.ts';
import type { Io } from '../io.ts';

/** Folder of a Notary server's own files; no sandbox can have this name. */
export function notaryServerFolder(env: Io['env']): string {
  return join(sandboxHome(env), '_notary');
}

/** What a server is started among: its variables, its folder, the database of one that is told of none. */
export function serverSurroundings({ env, cwd }: Io): ServerSurroundings {
  return { environment: env, cwd, defaultDatabase: join(notaryServerFolder(env), 'notary.db') };
}
