import type { RunningService, ServiceContext, StartService } from '../service.ts';
import type { ServiceKind } from '../service-kind.ts';

const START: Readonly<Record<ServiceKind, () => Promise<StartService>>> = {
  registry: async () => (await import('./registry.ts')).startRegistryService,
  'notary-server': async () => (await import('./notary-server.ts')).startNotaryService,
  'notary-signer': async () => (await import('./notary-signer.ts')).startSignerService,
  client: async () => (await import('./client.ts')).startClientService,
};

/** Starts a service as its kind says. */
export async function startService(context: ServiceContext): Promise<RunningService> {
  const start = await START[context.plan.kind]();
  return start(context);
}
