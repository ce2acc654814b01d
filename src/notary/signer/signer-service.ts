import type { Log } from '../../core/index.ts';
import type { Grpc } from '../keys/remote/grpc.ts';
import { HEALTH_SERVICES, METHODS } from '../keys/remote/signer-methods.ts';
import type { HealthWatch } from './health-watch.ts';
import { KeyUnknownError } from './key-request.ts';
import { ServiceParts, ServiceUnknownError } from './service-parts.ts';
import type { SignerKeys } from './signer-keys.ts';

export interface SignerServiceOptions {
  readonly keys: SignerKeys;
  readonly health: HealthWatch;
  readonly grpc: Grpc;
  readonly log: Log;
}

/** The calls of a signer over gRPC (`docs/wire/signer.md`), each with what does it. */
export function signerService({ keys, health, grpc, log }: SignerServiceOptions): ServiceParts {
  const parts = new ServiceParts(grpc, log);
  parts.add(METHODS.createKey, async (request) => {
    const { keyid, algorithm, publicKey } = await keys.create(request);
    return { response: { keyid, algorithm, publicKey }, facts: { gun: request.gun, role: request.role, keyid } };
  });
  parts.add(METHODS.getKeyInfo, async (keyid) => {
    const key = await keys.find(keyid);
    if (!key) throw new KeyUnknownError(keyid);
    const { algorithm, publicKey, role, gun } = key;
    return { response: { keyid, algorithm, publicKey, role, gun }, facts: { keyid } };
  });
  parts.add(METHODS.deleteKey, async (keyid) => {
    await keys.delete(keyid);
    return { response: undefined, facts: { keyid } };
  });
  parts.add(METHODS.sign, async ({ keyid, content }) => {
    const { algorithm, method, sig } = await keys.sign(keyid, content);
    return { response: { keyid, algorithm, method, content: sig }, facts: { keyid } };
  });
  parts.add(METHODS.checkHealth, async (service) => {
    if (!isKnown(service)) throw new ServiceUnknownError('unknown service');
    return { response: await health.check() };
  });
  parts.addStream(METHODS.watchHealth, (call) => health.watch(call, isKnown(call.request.service)));
  return parts;
}

/** The empty name is all services. */
function isKnown(service: string): boolean {
  return service === '' || (HEALTH_SERVICES as readonly string[]).includes(service);
}
