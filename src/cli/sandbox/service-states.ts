import type { SandboxRecord, ServiceRecord } from '../../sandbox/index.ts';
import { type Io, printLine } from '../io.ts';

/** What became of all services, as compose shows it. */
export function printState(io: Io, record: SandboxRecord, state: string): void {
  printServices(
    io,
    record.services.filter((service) => service.state === 'running'),
    state,
  );
  printServices(
    io,
    record.services.filter((service) => service.state !== 'running'),
    'Created',
  );
}

/** What `up` made of what ran before. */
export function printChange(io: Io, before: readonly ServiceRecord[], after: readonly ServiceRecord[]): void {
  const ran = new Set(before.flatMap(({ state, containerId }) => (state === 'running' ? [containerId] : [])));
  const present = after.filter(({ state }) => state === 'running');
  printServices(
    io,
    before.filter(({ name }) => !after.some((service) => service.name === name)),
    'Removed',
  );
  printServices(
    io,
    present.filter(({ containerId }) => ran.has(containerId)),
    'Running',
  );
  printServices(
    io,
    present.filter(({ containerId }) => !ran.has(containerId)),
    'Started',
  );
  printServices(
    io,
    after.filter(({ state }) => state !== 'running'),
    'Created',
  );
}

/** One line for each. */
export function printServices(io: Io, services: SandboxRecord['services'], state: string): void {
  const width = Math.max(...services.map(({ containerName }) => containerName.length));
  for (const { containerName } of services)
    printLine(io.stderr, ` ✔ Container ${containerName.padEnd(width)}  ${state}`);
}
