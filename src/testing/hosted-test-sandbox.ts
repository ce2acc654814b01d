import { join } from 'node:path';
import { type Started, systemClock } from '../core/index.ts';
import { openRegistryClient, type RegistryClient } from '../registry/client/index.ts';
import {
  deleteSnapshot,
  findNamespaceFlags,
  type HostedSandbox,
  launchBox,
  listSnapshots,
  type ProjectPaths,
  parseClockOffset,
  parseFault,
  parseSnapshotName,
  restoreHeld,
  type ServiceRecord,
  saveHeld,
} from '../sandbox/index.ts';
import { ServiceMissingError } from './errors.ts';
import { lookUp, type PublisherParts, pushImage, signImage } from './publisher.ts';
import { type RunOptions, type RunProgram, runProgram, splitArguments } from './run-program.ts';
import { sandboxEvents } from './sandbox-events.ts';
import type { TestSandbox } from './test-sandbox.ts';

interface HostedParts {
  readonly hosted: HostedSandbox;
  readonly paths: ProjectPaths;
  readonly programFile: string;
  readonly passphrase: string;
  readonly ca: string;
  /** Everything that ends with the sandbox. */
  readonly started: Started;
}

/** A sandbox that is hosted in this process, as tests have it. */
export function hostedTestSandbox(parts: HostedParts): TestSandbox {
  const { hosted, paths, ca, started } = parts;
  const { sandbox } = hosted;
  const services = new Services(hosted);
  const clients = new Map<string, Promise<RegistryClient>>();
  const registry = (name?: string): Promise<RegistryClient> => {
    const service = services.get('registry', name);
    const open = clients.get(service.name) ?? openClient(service, ca, started);
    clients.set(service.name, open);
    return open;
  };
  const publisher = async (reference: string): Promise<PublisherParts> => {
    const service = services.registryOf(reference);
    const client = services.find('client');
    return {
      registry: service,
      client: await registry(service.name),
      notary: services.get('notary-server'),
      ca,
      dockerConfig: join(client?.home ?? paths.service('publisher', 'home'), '.docker'),
      passphrase: parts.passphrase,
      clock: sandbox.clock,
    };
  };
  return {
    name: paths.project,
    stateFolder: join(paths.root, '..'),
    get record() {
      return hosted.record;
    },
    url: (name) => urlOf(services.named(name)),
    ca,
    caFile: paths.box('ca-bundle.crt'),
    env: environmentOf(parts, services, services.find('client')),
    docker: runner('docker', parts, services),
    notary: runner('notary', parts, services),
    async exec(name, ...command) {
      const request = {
        service: services.named(name),
        paths,
        command,
        environment: {},
        programFile: parts.programFile,
      };
      return runProgram(launchBox(request, findNamespaceFlags()), {});
    },
    registry,
    async push(reference, image) {
      const service = services.registryOf(reference);
      return pushImage(reference, image, { registry: service, client: await registry(service.name) });
    },
    sign: async (reference, image) => signImage(reference, image, await publisher(reference)),
    lookUp: async (reference) => lookUp(reference, await publisher(reference)),
    clock: {
      now: () => sandbox.clock.now(),
      async set(time) {
        const now = systemClock.now();
        const text = typeof time === 'string' ? time : time.toISOString();
        await sandbox.moveClock(parseClockOffset(text, { now, current: sandbox.record.clockOffsetMs }));
      },
      reset: () => sandbox.moveClock(0),
    },
    faults: {
      set: (service, ...faults) =>
        sandbox.setFaults(
          service,
          faults.map((fault) => (typeof fault === 'string' ? parseFault(fault.trim().split(/\s+/)) : fault)),
        ),
      clear(service) {
        const set = [...sandbox.faults()].filter(([, faults]) => faults.length > 0).map(([name]) => name);
        for (const name of service === undefined ? set : [service]) sandbox.setFaults(name, []);
      },
    },
    snapshots: {
      save: (name) => saveHeld(sandbox, paths, parseSnapshotName(name)),
      restore: (name) => restoreHeld(sandbox, paths, parseSnapshotName(name)),
      list: () => listSnapshots(paths),
      delete: (name) => deleteSnapshot(paths, parseSnapshotName(name)),
    },
    events: sandboxEvents(hosted),
    services: {
      start: (...names) => sandbox.startServices(names.length > 0 ? names : undefined),
      async stop(...names) {
        if (names.length === 0) await sandbox.stopServices();
        for (const name of names) await sandbox.stopService(name);
      },
      pause: (name) => sandbox.pauseService(name, true),
      unpause: (name) => sandbox.pauseService(name, false),
    },
    [Symbol.asyncDispose]: () => started[Symbol.asyncDispose](),
  };
}

/** The services of a sandbox as they are now. */
class Services {
  readonly #hosted: HostedSandbox;

  constructor(hosted: HostedSandbox) {
    this.#hosted = hosted;
  }

  find(kind: ServiceRecord['kind'], name?: string): ServiceRecord | undefined {
    return this.#hosted.record.services.find(
      (service) => service.kind === kind && (name === undefined || service.names.includes(name)),
    );
  }

  /** @throws {ServiceMissingError} */
  get(kind: ServiceRecord['kind'], name?: string): ServiceRecord {
    const found = this.find(kind, name);
    if (found) return found;
    throw new ServiceMissingError(
      `this sandbox has no ${kind}${name === undefined ? '' : ` ${name}`}: ${this.#list()}`,
    );
  }

  /** @throws {ServiceMissingError} */
  named(name: string): ServiceRecord {
    const found = this.#hosted.record.services.find(({ names }) => names.includes(name));
    if (found) return found;
    throw new ServiceMissingError(`this sandbox has no service ${name}: ${this.#list()}`);
  }

  /** The registry that a reference names, else the first. @throws {ServiceMissingError} */
  registryOf(reference: string): ServiceRecord {
    const [domain = '', ...rest] = reference.split('/');
    const named = rest.length > 0 ? this.find('registry', domain.replace(/:\d+$/, '')) : undefined;
    return named ?? this.get('registry');
  }

  #list(): string {
    return this.#hosted.record.services.map(({ name, kind }) => `${name} (${kind})`).join(', ') || 'it has none';
  }
}

async function openClient(service: ServiceRecord, ca: string, started: Started): Promise<RegistryClient> {
  const { names, knownPort = 5000, address, port = knownPort, scheme = 'http' } = service;
  const endpoint = { baseUrl: `${scheme}://${names[0]}:${knownPort}`, connectTo: { host: address, port }, ca };
  return started.add(await openRegistryClient({ ...endpoint, userAgent: 'trustsandbox-testing' }));
}

function urlOf({ name, address, port, scheme = 'http', engineSocket }: ServiceRecord): string {
  if (engineSocket) return `unix://${engineSocket}`;
  if (!port) throw new ServiceMissingError(`service ${name} does not run`);
  return `${scheme}://${address}:${port}`;
}

/** What programs find the sandbox by. */
function environmentOf(
  { paths, passphrase, hosted }: HostedParts,
  services: Services,
  client: ServiceRecord | undefined,
): Record<string, string> {
  const notary = services.find('notary-server');
  return {
    TRUSTSANDBOX_HOME: join(paths.root, '..'),
    TRUSTSANDBOX_PROJECT: hosted.record.project,
    TRUSTSANDBOX_CLOCK: paths.clock,
    SSL_CERT_FILE: paths.box('ca-bundle.crt'),
    NODE_EXTRA_CA_CERTS: paths.caCertificate,
    DOCKER_CONTENT_TRUST_ROOT_PASSPHRASE: passphrase,
    DOCKER_CONTENT_TRUST_REPOSITORY_PASSPHRASE: passphrase,
    ...Object.fromEntries(
      ['ROOT', 'TARGETS', 'SNAPSHOT', 'DELEGATION'].map((role) => [`NOTARY_${role}_PASSPHRASE`, passphrase]),
    ),
    ...(client?.engineSocket && {
      DOCKER_HOST: `unix://${client.engineSocket}`,
      DOCKER_CONFIG: join(client.home, '.docker'),
    }),
    ...(notary?.port && { DOCKER_CONTENT_TRUST_SERVER: `https://${notary.address}:${notary.port}` }),
  };
}

/** Runs a program of this package as the client has it, in a process of its own. */
function runner(program: 'docker' | 'notary', parts: HostedParts, services: Services): RunProgram {
  const { paths, programFile } = parts;
  return (...args: readonly (string | RunOptions)[]) => {
    const { words, options } = splitArguments(args);
    const client = services.get('client', options.client);
    const notary = services.find('notary-server');
    const server = notary && `https://${notary.names[0]}:${notary.knownPort ?? notary.port}`;
    const { DOCKER_HOST: _host, DOCKER_CONFIG: _config, ...common } = environmentOf(parts, services, client);
    const environment = {
      ...common,
      ...(server && { DOCKER_CONTENT_TRUST_SERVER: server }),
      ...(options.trust && { DOCKER_CONTENT_TRUST: '1' }),
      ...options.env,
    };
    const launch = launchBox(
      {
        service: client,
        paths,
        command: [paths.box('bin', program), ...words],
        environment,
        programFile,
        workingFolder: options.cwd,
      },
      undefined,
    );
    return runProgram(launch, options);
  };
}
