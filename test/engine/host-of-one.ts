import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type EngineHost, type HostContainer, type HostEvent, networkIdOf } from '../../src/engine/index.ts';

export const ID = 'ab'.repeat(32);
export const AT = new Date('2026-01-02T03:04:05Z');

/** A host with one container, in which commands are run by this machine itself. */
export function hostOfOne(): EngineHost {
  const listeners = new Set<(event: HostEvent) => void>();
  let container: HostContainer = {
    id: ID,
    name: 'store',
    image: 'registry:2',
    command: ['serve', 'it'],
    environment: { A: '1' },
    workingFolder: '/',
    createdAt: AT,
    startedAt: AT,
    finishedAt: undefined,
    state: 'running',
    exitCode: 0,
    pid: 7,
    ports: [{ address: '127.0.0.9', port: 5000 }],
    labels: { role: 'storage' },
    mounts: [{ volume: 'data', source: '/host', target: '/data', readOnly: false }],
    networks: [{ network: 'net', address: '127.0.0.9', aliases: ['store'] }],
    logPath: '/log',
    isOwn: false,
  };
  const become = (state: HostContainer['state'], ...events: HostEvent[]): void => {
    container = { ...container, state };
    for (const event of events) for (const tell of listeners) tell(event);
  };
  return {
    containers: () => [container],
    networks: () => [{ id: networkIdOf('net'), name: 'net', createdAt: AT, labels: {} }],
    volumes: () => [{ name: 'data', folder: '/host', createdAt: AT, labels: {} }],
    start: async (id) => become('running', { action: 'start', id }),
    stop: async (id) => become('exited', { action: 'die', id, exitCode: 0 }, { action: 'stop', id }),
    async *logs(_, { tail }) {
      const lines = [
        { stream: 'stdout' as const, at: AT, text: 'one' },
        { stream: 'stderr' as const, at: AT, text: 'two' },
      ];
      yield* tail === undefined ? lines : lines.slice(-tail);
    },
    async run(_, { command: [file = '', ...args], hasInput }) {
      const child = spawn(file, args, { stdio: [hasInput ? 'pipe' : 'ignore', 'pipe', 'pipe'] });
      await once(child, 'spawn');
      if (!child.stdout || !child.stderr) throw new Error('no pipes');
      return {
        pid: child.pid ?? 0,
        stdin: child.stdin ?? undefined,
        stdout: child.stdout,
        stderr: child.stderr,
        exited: once(child, 'exit').then(([code]) => Number(code)),
        resize: async () => undefined,
        kill: () => child.kill('SIGKILL'),
      };
    },
    processes: async () => [{ user: 'root', pid: 7, parent: 1, startedAt: AT, cpuSeconds: 61, command: 'serve it' }],
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
