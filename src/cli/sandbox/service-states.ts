import type { SandboxRecord } from '../../sandbox/index.ts';
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

/** One line for each. */
export function printServices(io: Io, services: SandboxRecord['services'], state: string): void {
  const width = Math.max(...services.map(({ containerName }) => containerName.length));
  for (const { containerName } of services)
    printLine(io.stderr, ` ✔ Container ${containerName.padEnd(width)}  ${state}`);
}
