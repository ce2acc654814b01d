import { execFileSync } from 'node:child_process';
import { chownSync } from 'node:fs';
import { chmod, mkdir } from 'node:fs/promises';
import { freePort } from './free-port.ts';
import { run } from './run.ts';
import { type PeerServer, startServer } from './server.ts';
import type { Workspace } from './workspace.ts';

export interface Mariadb extends PeerServer {
  readonly port: number;
  /** Runs SQL by the real client, as the database's root, and gives what it prints: columns between tabs. */
  sql(database: string, statements: string): Promise<string>;
  /** A new database, and where Go's driver finds it: its user has a password with characters that mean something in URLs. */
  createDatabase(name: string): Promise<string>;
}

const PASSWORD = 'p@ss:w/rd';

/** Debian's MariaDB over a data folder of its own in the workspace, on a free port of loopback. */
export async function startMariadb(workspace: Workspace): Promise<Mariadb> {
  const [home, port] = [workspace.at('mariadb'), await freePort()];
  await mkdir(home);
  await chmod(workspace.path, 0o711); // the server does not run as root, and has to get there
  const user = ownerOf(home);
  const socket = `${home}/s`;
  const data = `${home}/data`;
  const options = ['--no-defaults', `--datadir=${data}`, ...user];
  const made = await run('mariadb-install-db', [
    ...options,
    '--auth-root-authentication-method=normal',
    '--skip-test-db',
  ]);
  if (made.status !== 0) throw new Error(made.stdout + made.stderr);
  const sql = async (database: string, statements: string): Promise<string> => {
    const args = ['--no-defaults', `--socket=${socket}`, '--user=root', '--batch', '--skip-column-names', database];
    const { status, stdout, stderr } = await run('mariadb', args, { input: statements });
    if (status !== 0) throw new Error(`mariadb: ${stderr}`);
    return stdout;
  };
  const listen = [`--socket=${socket}`, `--port=${port}`, '--bind-address=127.0.0.1', `--pid-file=${home}/pid`];
  const server = await startServer('mariadbd', [...options, ...listen], {
    logFile: workspace.at('mariadb.log'),
    isReady: async () => (await sql('mysql', 'select 1')) === '1\n',
  });
  return {
    ...server,
    port,
    sql,
    async createDatabase(name) {
      const grant = `grant all on ${name}.* to '${name}'@'127.0.0.1' identified by '${PASSWORD}'`;
      await sql('mysql', `create database ${name} character set utf8; ${grant}`);
      return `${name}:${PASSWORD}@tcp(127.0.0.1:${port})/${name}?parseTime=true`;
    },
  };
}

/** As root it runs as the user that Debian's package makes. */
function ownerOf(folder: string): string[] {
  if (process.getuid?.() !== 0) return [];
  const id = (flag: string) => Number(execFileSync('id', [flag, 'mysql']).toString());
  chownSync(folder, id('-u'), id('-g'));
  return ['--user=mysql'];
}
