import type { ListenAddress } from '../../http/index.ts';
import type { ServiceContext } from '../service.ts';

/** The port a service is known by where the address is its own, else a free one. */
export function listenAddress({ address, ownsAddress }: ServiceContext, port: number): ListenAddress {
  return { kind: 'tcp', host: address, port: ownsAddress ? port : 0 };
}
