import { X509Certificate } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { connect } from 'node:net';
import { join } from 'node:path';
import { type Finding, ok, problem, warning } from '../../trust/index.ts';
import { readClockOffset } from '../clock/clock-file.ts';
import { isAnswering, listFaults } from '../control-client.ts';
import type { ProjectPaths } from '../project.ts';
import { findRecord, readRecord, type SandboxRecord, type ServiceRecord } from '../sandbox-record.ts';

const PATIENCE_MS = 3000;
/** Where each kind says how it is. Refusing strangers is an answer. */
const HEALTH: Readonly<Record<string, string>> = {
  registry: '/v2/',
  'notary-server': '/_notary_server/health',
  client: '/_ping',
};
const WELL: ReadonlySet<number> = new Set([200, 401]);

/** How a project is: what was left behind, whether each service answers, what was set on purpose and may be forgotten. */
export async function examineProject(paths: ProjectPaths): Promise<readonly Finding[]> {
  const record = await findRecord(paths);
  const findings = [...(await examineRemains(paths, record)), ...examineClock(paths)];
  if (!record) return findings;
  const services = await Promise.all(record.services.map((service) => examineService(service, paths)));
  return [...findings, ...(await examineAuthority(paths)), ...services.flat(), ...(await examineFaults(paths))];
}

async function examineRemains(paths: ProjectPaths, record: SandboxRecord | undefined): Promise<Finding[]> {
  const findings: Finding[] = [];
  const isThere = (path: string): Promise<boolean> =>
    stat(path).then(
      () => true,
      () => false,
    );
  if (record) findings.push(ok('RUNS', `The project ${paths.project} runs, in process ${record.pid}.`));
  else if ((await readRecord(paths))?.endedAt !== undefined && !(await isAnswering(paths))) {
    findings.push(ok('RUNS', `The project ${paths.project} is stopped: trustsandbox up starts it.`));
  } else if (await isThere(paths.record)) {
    const why = (await isAnswering(paths)) ? 'is of another version' : 'was killed';
    findings.push(
      problem(
        'KILLED',
        `The process of the project ${paths.project} ${why}.`,
        'trustsandbox up starts it again, over the same data.',
      ),
    );
  } else findings.push(ok('RUNS', `Nothing runs in the project ${paths.project}.`));
  if (await isThere(join(paths.root, 'restoring'))) {
    findings.push(
      problem(
        'RESTORING',
        'A snapshot was being put back, and that was cut short.',
        'trustsandbox up does it again first.',
      ),
    );
  }
  return findings;
}

function examineClock(paths: ProjectPaths): Finding[] {
  const offset = readClockOffset(paths.clock);
  if (offset === 0) return [];
  const days = Math.round(Math.abs(offset) / 86_400_000);
  const where = offset > 0 ? 'ahead of' : 'behind';
  return [
    warning(
      'CLOCK',
      `The project's time is ${days} days ${where} this machine's.`,
      'trustsandbox clock reset goes back.',
    ),
  ];
}

async function examineAuthority(paths: ProjectPaths): Promise<Finding[]> {
  try {
    const { validTo } = new X509Certificate(await readFile(paths.caCertificate));
    return [ok('AUTHORITY', `The sandbox's certificates hold until ${new Date(validTo).toISOString().slice(0, 10)}.`)];
  } catch {
    return [
      problem('AUTHORITY', `${paths.caCertificate} is no certificate.`, 'trustsandbox down, then up, makes it anew.'),
    ];
  }
}

async function examineService(service: ServiceRecord, paths: ProjectPaths): Promise<Finding[]> {
  const { name, state, isPaused, published, address } = service;
  if (state !== 'running')
    return [warning('STOPPED', `The service ${name} does not run.`, `trustsandbox compose start ${name} starts it.`)];
  if (isPaused)
    return [
      warning(
        'PAUSED',
        `The service ${name} is paused: requests wait.`,
        `trustsandbox compose unpause ${name} lets them on.`,
      ),
    ];
  const answer = await ask(service, await readFile(paths.caCertificate, 'utf8').catch(() => ''));
  const where = service.engineSocket ?? `${address}:${service.port}`;
  const findings = WELL.has(answer)
    ? [ok('ANSWERS', `The service ${name} answers at ${where}.`)]
    : [
        problem(
          'SILENT',
          `The service ${name} does not answer as it should at ${where}${answer ? ` (${answer})` : ''}.`,
          `trustsandbox compose logs ${name} says why; trustsandbox compose restart ${name} may help.`,
        ),
      ];
  for (const { host, published: port } of published) {
    if (await connects(host, port)) continue;
    findings.push(
      problem(
        'PORT',
        `Nobody answers at the published port ${host}:${port} of ${name}.`,
        `trustsandbox compose restart ${name} opens it again.`,
      ),
    );
  }
  return findings;
}

async function examineFaults(paths: ProjectPaths): Promise<Finding[]> {
  const faults = await listFaults(paths).catch(() => ({}));
  return Object.entries(faults)
    .filter(([, set]) => set.length > 0)
    .map(([service, set]) =>
      warning(
        'FAULT',
        `Faults are set for ${service}: ${set.join('; ')}.`,
        `trustsandbox fault clear ${service} takes them away.`,
      ),
    );
}

/** Status of the answer; 0 for none. A signer speaks gRPC: that it takes connections is enough. */
function ask(service: ServiceRecord, ca: string): Promise<number> {
  const { kind, names, address, port = 0, scheme, engineSocket } = service;
  const path = HEALTH[kind];
  if (path === undefined) return connects(address, port).then((isThere) => (isThere ? 200 : 0));
  const common = { path, timeout: PATIENCE_MS, headers: { 'user-agent': 'trustsandbox-doctor' } };
  return new Promise((resolve) => {
    const call = engineSocket
      ? httpRequest({ ...common, socketPath: engineSocket })
      : scheme === 'https'
        ? httpsRequest({
            ...common,
            host: address,
            port,
            servername: names[0],
            ...(kind === 'notary-server' ? { ca } : { rejectUnauthorized: false }),
          })
        : httpRequest({ ...common, host: address, port });
    call.once('response', (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    call.once('timeout', () => call.destroy());
    call.once('error', () => resolve(0));
    call.end();
  });
}

function connects(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: PATIENCE_MS });
    const settle = (isThere: boolean): void => {
      socket.destroy();
      resolve(isThere);
    };
    socket
      .once('connect', () => settle(true))
      .once('error', () => settle(false))
      .once('timeout', () => settle(false));
  });
}
