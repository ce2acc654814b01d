import type { ServiceKind } from '../service-kind.ts';

/** Port each kind is known by to the others, unless its configuration says another; a client listens on none. */
export const KNOWN_PORTS: Readonly<Partial<Record<ServiceKind, number>>> = {
  registry: 5000,
  'notary-server': 4443,
  'notary-signer': 7899,
};
