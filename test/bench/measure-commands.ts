import { execFile, execFileSync } from 'node:child_process';
import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Bench } from './main.ts';
import { ourCommand } from './servers.ts';
import { median, type Row } from './table.ts';

const REPOSITORY = 'sandboxregistry:5000/test/trusttest';
const COMMANDS = {
  'trust inspect': `trust inspect ${REPOSITORY}`,
  'trusted pull of what is up to date': `pull ${REPOSITORY}`,
  'trusted push of what is there': `push ${REPOSITORY}:latest`,
  'trust sign': `trust sign ${REPOSITORY}:latest`,
} as const;
const WANTED = 2;
const SECRETS = ['ROOT', 'REPOSITORY'].map((role) => `DOCKER_CONTENT_TRUST_${role}_PASSPHRASE=sandbox-passphrase`);
const TRUST = ['DOCKER_CONTENT_TRUST=1', 'DOCKER_CONTENT_TRUST_SERVER=https://notaryserver:4443', ...SECRETS];

/** Whole commands, ours and docker's, in one client box over our Engine, registry and Notary server. */
export async function measureCommands({ folder, rounds, say }: Bench): Promise<Row[]> {
  const docker = execFileSync('sh', ['-c', 'command -v docker'], { encoding: 'utf8' }).trim();
  const project = join(folder, 'commands');
  await mkdir(project);
  await copyFile(join(process.cwd(), 'docs/page/compose.yaml'), join(project, 'compose.yaml'));
  const env = { PATH: process.env.PATH, HOME: folder, TRUSTSANDBOX_HOME: join(folder, 'state') };
  const [file = '', ...before] = ourCommand();
  const run = async (...args: string[]): Promise<string> =>
    (await promisify(execFile)(file, [...before, ...args], { cwd: project, env })).stdout;
  const names = TRUST.flatMap((setting) => ['-e', setting]);
  const bash = (script: string): Promise<string> =>
    run('container', 'exec', ...names, 'trustsandbox', 'bash', '-c', script);
  await run('compose', 'up', '-d');
  await using _ = { [Symbol.asyncDispose]: async () => void (await run('compose', 'down', '-v')) };
  const image = join(process.cwd(), 'test/golden/recordings/images/trusttest.tar');
  await copyFile(image, join(folder, 'state/commands/services/trustsandbox/home/trusttest.tar'));
  await bash(
    `docker load -i ~/trusttest.tar && docker tag docker/trusttest ${REPOSITORY} && docker push ${REPOSITORY}:latest`,
  );
  const rows: Row[] = [];
  for (const [what, command] of Object.entries(COMMANDS)) {
    // Both in turn within one shell, so that each round is of one moment; the first is to warm up.
    const timed = `TIMEFORMAT=%R; for i in $(seq ${rounds * 2 + 1}); do for d in docker ${docker}; do time $d ${command} >/dev/null 2>&1 || echo failed; done; done`;
    const seconds = (await bash(`{ ${timed}; } 2>&1`)).trim().split('\n').map(Number);
    if (seconds.some(Number.isNaN)) throw new Error(`${what} failed`);
    const pairs = seconds.flatMap((ours, at) => (at % 2 === 0 && at > 0 ? [{ ours, peer: seconds[at + 1] ?? 0 }] : []));
    const ratio = median(pairs.map(({ ours, peer }) => ours / peer));
    const [ours, peer] = [median(pairs.map((pair) => pair.ours)), median(pairs.map((pair) => pair.peer))];
    say(`${what}: ${ours * 1000} ms to ${peer * 1000} ms`);
    rows.push({
      what: what,
      unit: 'ms',
      ours: ours * 1000,
      peer: peer * 1000,
      ratio,
      wanted: `<= ${WANTED}`,
      isReached: ratio <= WANTED,
    });
  }
  return rows;
}
