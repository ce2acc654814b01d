import type { HostContainer } from '../../host/container.ts';
import type { EngineHost } from '../../host/host.ts';
import { BadParameterError, NotHereError } from '../reply.ts';

/** A container by its name, its id or the first digits of that. @throws {NotHereError | BadParameterError} */
export function getContainer(host: EngineHost, name: string): HostContainer {
  const containers = host.containers();
  const plain = name.replace(/^\//, '');
  const found = containers.find((container) => container.id === plain || container.name === plain);
  if (found) return found;
  const byPrefix = /^[0-9a-f]+$/.test(plain) ? containers.filter(({ id }) => id.startsWith(plain)) : [];
  if (byPrefix.length > 1) throw new BadParameterError(`Multiple IDs found with provided prefix: ${plain}`);
  const [only] = byPrefix;
  if (!only) throw new NotHereError(`No such container: ${name}`);
  return only;
}
