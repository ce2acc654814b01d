import type { RunningService, ServiceContext, StartService } from '../service.ts';
import type { ServiceKind } from '../service-kind.ts';

const START: Readonly<Record<ServiceKind, () => Promise<StartService>>> = {
  registry: async () => (await import('./registry.ts')).startRegistryService,
  'notary-server': async () => (await import('./notary-server.ts')).startNotaryService,
  'notary-signer': async () => (await import('./notary-signer.ts')).startSignerService,
  client: async () => (await import('./client.ts')).startClientService,
};

/** Code is loaded for one service after the other: Jest's loader of modules can't link two graphs that share some at once. */
let loaded: Promise<unknown> = Promise.resolve();

/** Starts a service as its kind says. */
export async function startService(context: ServiceContext): Promise<RunningService> {
  const loading = loaded.then(START[context.plan.kind]);
  loaded = loading.catch(() => undefined);
  const start = await loading;
  return start(context);
}
