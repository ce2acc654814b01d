import { spawn } from 'node:child_process';
import { MEDIA_TYPES } from '../../src/core/index.ts';
import { CORES, PRIORITY, type RunningServer } from './servers.ts';

/** What a load has brought. */
export interface Load {
  readonly requestsPerSecond: number;
  /** Processor time of the server, in microseconds for each request. */
  readonly processorMicros: number;
}

/** Runs a program on the core of the load, to its end. @throws when it fails */
export function run(command: string, args: readonly string[], input?: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn('nice', [...PRIORITY, 'taskset', '-c', CORES.load, command, ...args], {
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    let [output, errors] = ['', ''];
    child.stdout.on('data', (text) => {
      output += text;
    });
    child.stderr.on('data', (text) => {
      errors += text;
    });
    child.on('error', reject).on('close', (status) => {
      if (status === 0) resolve(output);
      else reject(new Error(`${command} ended with ${status}: ${errors}`));
    });
    child.stdin.end(input);
  });
}

/** GET by 16 connections, as fast as they are answered. `script` for wrk chooses other paths. */
export async function load(server: RunningServer, path: string, seconds: number, script?: string): Promise<Load> {
  const before = server.processorSeconds();
  const options = [
    '-t1',
    '-c16',
    `-d${seconds}`,
    '--timeout',
    '30',
    '-H',
    `Accept: ${MEDIA_TYPES.dockerManifest}`,
    ...(script ? ['-s', script] : []),
  ];
  const output = await run('wrk', [...options, `${server.url}${path}`]);
  const wrong = /Non-2xx or 3xx responses: (\d+)/.exec(output)?.[1];
  if (wrong) throw new Error(`${server.name} answered ${wrong} of the requests for ${path} with an error`);
  return rates(
    server,
    before,
    Number(/(\d+) requests in/.exec(output)?.[1]),
    Number(/sec:\s+([\d.]+)/.exec(output)?.[1]),
  );
}

/**
 * GET over a connection of its own each, 16 at a time, each with a whole TLS handshake: nothing is resumed, as nothing is by a
 * client that is a new process each time.
 */
export async function loadNewConnections(server: RunningServer, path: string, seconds: number): Promise<Load> {
  const before = server.processorSeconds();
  const output = await run('ab', ['-q', '-c16', '-t', `${seconds}`, '-n', '10000000', `${server.url}${path}`]);
  if (/Non-2xx/.test(output)) throw new Error(`${server.name} answered GET ${path} with an error`);
  const count = Number(/Complete requests:\s+(\d+)/.exec(output)?.[1]);
  return rates(server, before, count, Number(/per second:\s+([\d.]+)/.exec(output)?.[1]));
}

/** HEAD by 16 connections; by `ab`, since wrk waits for the bodies that HEAD does not have. */
export async function loadHead(server: RunningServer, path: string, seconds: number): Promise<Load> {
  const before = server.processorSeconds();
  const output = await run('ab', [
    '-q',
    '-k',
    '-i',
    '-c16',
    '-t',
    `${seconds}`,
    '-n',
    '10000000',
    `${server.url}${path}`,
  ]);
  if (/Non-2xx/.test(output)) throw new Error(`${server.name} answered HEAD ${path} with an error`);
  const count = Number(/Complete requests:\s+(\d+)/.exec(output)?.[1]);
  return rates(server, before, count, Number(/per second:\s+([\d.]+)/.exec(output)?.[1]));
}

function rates(server: RunningServer, before: number, count: number, requestsPerSecond: number): Load {
  return { requestsPerSecond, processorMicros: ((server.processorSeconds() - before) * 1e6) / count };
}
