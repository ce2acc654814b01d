import { execFileSync } from 'node:child_process';
import { chownSync, readdirSync, statSync } from 'node:fs';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from './free-port.ts';
import { run } from './run.ts';
import { type PeerServer, startServer } from './server.ts';
import type { Workspace } from './workspace.ts';

export interface Postgresql extends PeerServer {
  /** URL of a new, empty database. */
  createDatabase(name: string): Promise<string>;
  /** Stops it at once, does `meanwhile`, and starts it again where it was. */
  restart(meanwhile: () => Promise<void>): Promise<void>;
  /** Runs SQL in a database by the real psql, and gives what it prints: rows in lines, columns between bars. */
  psql(database: string, statements: string): Promise<string>;
}

/** PEM texts. Whoever comes by TCP must use TLS, and show a certificate of `ca`. */
export interface PostgresqlTls {
  readonly cert: string;
  readonly key: string;
  readonly ca: string;
}

const HOST = '127.0.0.1';
const PACKAGES = '/usr/lib/postgresql';

/** Debian's PostgreSQL over a cluster of its own in the workspace, on a free port of loopback, without TLS unless given. */
export async function startPostgresql(workspace: Workspace, tls?: PostgresqlTls): Promise<Postgresql> {
  const version = readdirSync(PACKAGES).sort((a, b) => Number(b) - Number(a))[0] ?? '';
  const bin = (program: string): string => join(PACKAGES, version, 'bin', program);
  const [home, port] = [workspace.at('postgresql'), await freePort()];
  const data = join(home, 'data');
  await mkdir(home);
  await chmod(workspace.path, 0o711); // the server does not run as root, and has to get there
  const asOwner = ownerOf(home);
  const initialized = await run(...asOwner(bin('initdb'), ['-D', data, '-U', 'tester', '--auth=trust', '-E', 'UTF8']));
  if (initialized.status !== 0) throw new Error(initialized.stderr);
  if (tls) await writeTls(data, tls);
  const options = Object.entries({
    listen_addresses: HOST,
    port: String(port),
    unix_socket_directories: home,
    ...(tls && { ssl: 'on', ssl_ca_file: 'ca.crt' }),
  }).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const psql = async (database: string, statements: string): Promise<string> => {
    const args = ['-h', home, '-p', `${port}`, '-U', 'tester', '-d', database, '-v', 'ON_ERROR_STOP=1', '-qAtf', '-'];
    const { status, stdout, stderr } = await run(bin('psql'), args, { input: statements });
    if (status !== 0) throw new Error(`psql: ${stderr}`);
    return stdout;
  };
  const start = () =>
    startServer(...asOwner(bin('postgres'), ['-D', data, ...options]), {
      logFile: workspace.at('postgresql.log'),
      isReady: async () => (await psql('postgres', 'select 1')) === '1\n',
    });
  let server = await start();
  return {
    ...server,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
    psql,
    async restart(meanwhile) {
      await run(...asOwner(bin('pg_ctl'), ['-D', data, '-m', 'immediate', '-w', 'stop']));
      await server[Symbol.asyncDispose]();
      await meanwhile();
      server = await start();
    },
    async createDatabase(name) {
      await psql('postgres', `create database ${name}`);
      return `postgresql://tester@${HOST}:${port}/${name}?sslmode=disable`;
    },
  };
}

async function writeTls(data: string, { cert, key, ca }: PostgresqlTls): Promise<void> {
  const owner = statSync(data);
  const rules = 'local all all trust\nhostssl all all 127.0.0.1/32 trust clientcert=verify-ca\n';
  const contents = { 'server.crt': cert, 'server.key': key, 'ca.crt': ca, 'pg_hba.conf': rules };
  for (const [name, text] of Object.entries(contents)) {
    await writeFile(join(data, name), text, { mode: 0o600 });
    chownSync(join(data, name), owner.uid, owner.gid);
  }
}

/** PostgreSQL refuses to run as root: it gets the user that Debian's package makes, and the folder with it. */
function ownerOf(folder: string): (program: string, args: readonly string[]) => [string, readonly string[]] {
  if (process.getuid?.() !== 0) return (program, args) => [program, args];
  const id = (flag: string) => Number(execFileSync('id', [flag, 'postgres']).toString());
  chownSync(folder, id('-u'), id('-g'));
  const drop = ['--reuid=postgres', '--regid=postgres', '--clear-groups'];
  return (program, args) => ['setpriv', [...drop, program, ...args]];
}
