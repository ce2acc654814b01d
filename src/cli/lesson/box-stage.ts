import { spawn } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Lesson, PASSPHRASE, type Ran, type Stage } from '../../lessons/index.ts';
import {
  type BoxLaunch,
  controlClock,
  findNamespaceFlags,
  KNOWN_PORTS,
  launchBox,
  parseClockOffset,
  readClockOffset,
  type ServiceRecord,
} from '../../sandbox/index.ts';
import { ExitError } from '../command.ts';
import type { Io } from '../io.ts';
import { programFile } from '../sandbox/program-file.ts';
import { getRunningProject, type RunningProject } from '../sandbox/running-project.ts';

/** The sandbox that lessons play in, and its client. */
export interface Classroom extends RunningProject {
  readonly client: ServiceRecord;
}

/** @throws {ExitError} none runs, or one without a client, a registry and a trust server */
export async function findClassroom(io: Io): Promise<Classroom> {
  const project = await getRunningProject(io);
  const client = serviceOf(project, 'client');
  serviceOf(project, 'registry');
  serviceOf(project, 'notary-server');
  return { ...project, client };
}

/** The stage of one attempt, in the client's box. */
export class BoxStage implements Stage {
  readonly repository: string;
  readonly trustServer: string;
  readonly folder: string;
  readonly #place: string;
  readonly #classroom: Classroom;
  readonly #namespaces = findNamespaceFlags();
  readonly #io: Io;

  constructor(classroom: Classroom, place: string, io: Io) {
    const registry = serviceOf(classroom, 'registry');
    const notary = serviceOf(classroom, 'notary-server');
    this.#classroom = classroom;
    this.#io = io;
    this.repository = `${registry.names[0]}:${KNOWN_PORTS.registry}/lesson/${place}`;
    this.trustServer = `https://${notary.names[0]}:${KNOWN_PORTS['notary-server']}`;
    this.folder = `~/lessons/${place}`;
    this.#place = place;
  }

  /** Makes the folder anew, with what a shell reads first: a docker configuration for this attempt alone. */
  async open({ hasKeys }: Lesson): Promise<void> {
    const folder = join(this.#classroom.client.home, 'lessons', this.#place);
    const variables = [
      `DOCKER_CONFIG=${this.#folderInShell}/.docker`,
      ...(hasKeys ? ['DOCKER_CONTENT_TRUST=1', `DOCKER_CONTENT_TRUST_SERVER=${this.trustServer}`] : []),
    ];
    await rm(folder, { recursive: true, force: true });
    await mkdir(join(folder, '.docker'), { recursive: true, mode: 0o700 });
    const lines = [`cd ${this.#folderInShell}`, ...variables.map((variable) => `export ${variable}`)];
    await writeFile(join(folder, 'env'), `${lines.join('\n')}\n`);
  }

  run(command: string): Promise<Ran> {
    const { paths, client } = this.#classroom;
    const request = {
      service: client,
      paths,
      command: ['sh', '-c', `. ${this.#folderInShell}/env && ${command}`],
      environment: {
        DOCKER_CONTENT_TRUST: '1',
        DOCKER_CONTENT_TRUST_SERVER: this.trustServer,
        DOCKER_CONTENT_TRUST_ROOT_PASSPHRASE: PASSPHRASE,
        DOCKER_CONTENT_TRUST_REPOSITORY_PASSPHRASE: PASSPHRASE,
      },
      programFile: programFile(),
    };
    const hasNamespaces = this.#io.env.TRUSTSANDBOX_BOX !== 'plain';
    return runQuietly(launchBox(request, hasNamespaces ? this.#namespaces : undefined), this.#io.signal);
  }

  async moveClock(by: string): Promise<void> {
    const { paths } = this.#classroom;
    const current = readClockOffset(paths.clock);
    await controlClock(paths, parseClockOffset(by, { now: this.#io.clock.now(), current }));
  }

  get #folderInShell(): string {
    return `"$HOME"/lessons/${this.#place}`;
  }
}

function serviceOf({ record }: RunningProject, kind: ServiceRecord['kind']): ServiceRecord {
  const found = record.services.find((service) => service.kind === kind && service.state === 'running');
  if (found) return found;
  throw new ExitError(
    1,
    `lessons need a client, a registry and a trust server that run, and there is no ${kind} here; trustsandbox up, in a folder without a compose file, starts all three`,
  );
}

function runQuietly({ file, args, environment, workingFolder }: BoxLaunch, signal: AbortSignal): Promise<Ran> {
  const stdio = ['ignore', 'pipe', 'pipe'] as const;
  const child = spawn(file, args, { env: environment, cwd: workingFolder, stdio: [...stdio], signal });
  const text = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.setEncoding('utf8').on('data', (chunk: string) => {
      text[name] += chunk;
    });
  }
  return new Promise((resolve, reject) => {
    child.once('error', reject).once('close', (code) => resolve({ ...text, status: code ?? 1 }));
  });
}
