import { type EngineHost, ProcessRefusedError } from './host.ts';

/** The host of an Engine that has none: no containers, no networks, no volumes. */
export const noHost: EngineHost = {
  containers: () => [],
  networks: () => [],
  volumes: () => [],
  start: async () => undefined,
  stop: async () => undefined,
  async *logs() {
    // there is no container to have one
  },
  run: () => Promise.reject(new ProcessRefusedError('there are no containers here', 126)),
  processes: async () => [],
  subscribe: () => () => undefined,
};
