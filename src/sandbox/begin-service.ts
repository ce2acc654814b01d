import { Started } from '../core/index.ts';
import { openDoors } from './doors.ts';
import { publishPorts } from './published-ports.ts';
import type { ServiceContext } from './service.ts';
import { startService } from './services/index.ts';
import { namesOf, type Slot, viewerAt } from './slot.ts';

/** What of a service's context is the sandbox's: the rest is its slot's. */
type Surroundings = Pick<
  ServiceContext,
  'paths' | 'settings' | 'ownsAddress' | 'ca' | 'names' | 'hosted' | 'clock' | 'machineClock' | 'log' | 'emit'
>;

/**
 * Starts what a slot is for: the service itself, the doors by which others find it, the ports it has on the host. All of it ends together.
 * @throws {PortTakenError} and whatever the service throws; then nothing of it is left
 */
export async function beginService(slot: Slot, surroundings: Surroundings): Promise<NonNullable<Slot['running']>> {
  const { plan, front, gate, askers, address, doorPlans } = slot;
  await using started = new Started();
  const running = started.add(
    await startService({
      ...surroundings,
      plan,
      address,
      addresses: [address, ...doorPlans.map((door) => door.address)],
      ownNames: certifiedNames(slot),
      gate,
      enter: (exchange) => front.enter(exchange),
      findViewer: (at, port) => viewerAt(slot, at, port),
      findAsker: (remote) => askers.find(remote),
    }),
  );
  const open = started.add(await openDoors(running.servers ?? [], doorPlans, surroundings.ownsAddress));
  const { port, knownPort } = running;
  const portOf = (target: number): number => (target === knownPort ? (port ?? target) : target);
  const published = started.add(await publishPorts(plan.ports, plan.name, { address, portOf }));
  surroundings.log.info('service started', { service: plan.name, address, port });
  const all = started.keep();
  return { ...running, published, open, [Symbol.asyncDispose]: () => all[Symbol.asyncDispose]() };
}

/** What its certificate is for. */
function certifiedNames(slot: Slot): string[] {
  const { name, containerName, hostname } = slot.plan;
  const aliases = Object.values(namesOf(slot)).flat();
  return [...new Set([name, containerName, ...aliases, ...(hostname ? [hostname] : []), 'localhost'])];
}
