import { access, constants, mkdtemp, rm, statfs, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { ensureFolder } from '../../files/index.ts';
import { openDatabase } from '../../storage/index.ts';
import { type Finding, ok, problem, warning } from '../../trust/index.ts';
import type { ProjectPaths } from '../project.ts';
import { explainStartFailure } from '../start-failure.ts';

const LITTLE_SPACE_BYTES = 200 * 1024 * 1024;

/** Whether sandboxes can keep there what they keep: files, a database, a socket. All of it is tried, and removed again. */
export async function examineHome(paths: ProjectPaths): Promise<Finding[]> {
  const home = dirname(paths.root);
  try {
    await ensureFolder(home, 0o700);
    await access(home, constants.W_OK | constants.X_OK);
    await tryKeeping(home);
    const { bavail, bsize } = await statfs(home);
    const space = bavail * bsize;
    if (space < LITTLE_SPACE_BYTES) {
      const says = `There are ${Math.floor(space / 1024 / 1024)} MiB left where sandboxes keep their state, ${home}.`;
      return [warning('SPACE', says, 'Free some, or set TRUSTSANDBOX_HOME to a folder on another disk.')];
    }
    return [ok('HOME', `Sandboxes keep their state in ${home}.`)];
  } catch (thrown) {
    return [problem('HOME', 'Sandboxes can keep no state.', `${explainStartFailure(thrown, paths)}.`)];
  }
}

async function tryKeeping(home: string): Promise<void> {
  const folder = await mkdtemp(join(home, '.doctor-'));
  try {
    await writeFile(join(folder, 'file'), Buffer.alloc(64 * 1024));
    await using _ = await openDatabase(
      { kind: 'sqlite', path: join(folder, 'database') },
      { '0001-first': { up: (query) => query.schema.createTable('first').addColumn('a', 'text').execute() } },
    );
    const socket = join(folder, 's');
    if (socket.length < 100) await tryListening(socket); // else sandboxes have theirs elsewhere
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function tryListening(path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(path, () => server.close(() => resolve()));
  });
}
