import type { ServiceKind } from '../service-kind.ts';

/** Port each kind is known by to the others; a client listens on none. */
export const KNOWN_PORTS: Readonly<Partial<Record<ServiceKind, number>>> = { registry: 5000, 'notary-server': 4443 };
