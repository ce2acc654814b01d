import { readdir, readFile, readlink } from 'node:fs/promises';
import { anyArguments, defineCommand } from '../command.ts';
import { printLine } from '../io.ts';
import { formatTable } from '../table.ts';
import { chooseServices, getRunningProject } from './running-project.ts';

/** A process, of those that a service's shells run. */
interface BoxProcess {
  readonly pid: number;
  readonly parent: number;
  readonly command: string;
}

/** `compose top`: the process that plays the services, and what runs in their shells. */
export const composeTop = defineCommand({
  usage: '[SERVICES...]',
  summary: 'Display the running processes',
  aliases: ['compose top'],
  flags: {},
  arguments: anyArguments,
  parse: (_, services) => services,
  async run(services, io) {
    const { record } = await getRunningProject(io);
    for (const service of chooseServices(record, services)) {
      if (service.state !== 'running') continue;
      const hostname = service.hostname ?? service.containerId.slice(0, 12);
      const own = { pid: record.pid, parent: 1, command: `trustsandbox ${service.kind}` };
      const rows = [own, ...(await findBoxProcesses(hostname))].map(({ pid, parent, command }) => [
        String(pid),
        String(parent),
        command,
      ]);
      printLine(io.stdout, service.containerName);
      io.stdout.write(formatTable([['PID', 'PPID', 'CMD'], ...rows], 0));
      printLine(io.stdout);
    }
    return 0;
  },
});

/** The kernel tells of each process its environment, which a box sets: Linux only. */
async function findBoxProcesses(hostname: string): Promise<BoxProcess[]> {
  const pids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    pids.map(async (pid): Promise<BoxProcess | undefined> => {
      try {
        const environment = (await readFile(`/proc/${pid}/environ`, 'utf8')).split('\0');
        const isInBox =
          environment.includes(`HOSTNAME=${hostname}`) &&
          environment.some((line) => /^SSL_CERT_FILE=.*trustsandbox/.test(line));
        if (!isInBox || (await readlink(`/proc/${pid}/exe`)).endsWith('/unshare')) return undefined;
        const status = await readFile(`/proc/${pid}/status`, 'utf8');
        const command = (await readFile(`/proc/${pid}/cmdline`, 'utf8')).split('\0').join(' ').trim();
        return { pid: Number(pid), parent: Number(/^PPid:\s*(\d+)/m.exec(status)?.[1] ?? 0), command };
      } catch {
        return undefined; // another user's, or gone
      }
    }),
  );
  return found.filter((process) => process !== undefined);
}
