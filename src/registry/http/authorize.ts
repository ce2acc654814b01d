import { parseRepositoryName } from '../../core/index.ts';
import type { Access, AccessController, Health } from '../../http/index.ts';
import { RegistryError } from '../errors.ts';
import type { UrlPolicy } from './location.ts';
import type { RegistryRequest } from './request.ts';

/** What stands between a request and its handler. `isOpen`: nothing does. */
export interface Gate {
  readonly isOpen: boolean;
  readonly access: AccessController | undefined;
  readonly isReadOnly: boolean;
  readonly urls: UrlPolicy;
  /** What this server says of itself when it is ill. */
  readonly health: Pick<Health, 'report'> | undefined;
}

/** May everybody read, and is there something to read? Then an answer that was given before may be given again. */
export function isOpenToReaders({ access, health }: Gate): boolean {
  return access === undefined && (health === undefined || health.report().size === 0);
}

/** What a path asks a client to be allowed: something in a repository, the catalog, to be somebody at all, or nothing. */
export type Asks = 'repository' | 'catalog' | 'login' | 'nothing';

/** By the pattern alone, so that no route is ever added without: what is under `/v2/` is for those who are somebody. */
export function askedOf(pattern: string): Asks {
  if (pattern.startsWith('/v2/<name>/')) return 'repository';
  if (pattern === '/v2/_catalog') return 'catalog';
  return pattern.startsWith('/v2/') ? 'login' : 'nothing';
}

const READS: ReadonlySet<string> = new Set(['GET', 'HEAD']);

/**
 * Lets a request through, or throws.
 * @throws {RegistryError} UNAVAILABLE: this server is ill; UNSUPPORTED: a write while there is to be none
 * @throws {UnauthorizedError}
 */
export async function authorizeRequest(gate: Gate, asks: Asks, request: RegistryRequest): Promise<void> {
  const method = request.incoming.method ?? '';
  const report = gate.health?.report();
  if (report && report.size > 0) throw new RegistryError('UNAVAILABLE', Object.fromEntries(report));
  if (gate.access && asks !== 'nothing') await gate.access.authorize(request.incoming, accessOf(asks, request));
  if (gate.isReadOnly && asks === 'repository' && !READS.has(method)) throw new RegistryError('UNSUPPORTED');
}

/** Mounting a blob from another repository asks for a pull there too. @throws {NameInvalidError} */
function accessOf(asks: Asks, request: RegistryRequest): Access[] {
  if (asks === 'catalog') return [{ type: 'registry', name: 'catalog', actions: ['*'] }];
  if (asks !== 'repository') return [];
  const repository = { type: 'repository', name: request.repository(), actions: actionsOf(request.incoming.method) };
  const from = request.query('from');
  if (from === undefined || from === repository.name) return [repository];
  return [repository, { type: 'repository', name: parseRepositoryName(from), actions: ['pull'] }];
}

function actionsOf(method = ''): readonly string[] {
  if (READS.has(method)) return ['pull'];
  return method === 'DELETE' ? ['delete'] : ['pull', 'push'];
}
