import type { CommandGroup, CommandLeaf, CommandNode, Section } from '../command.ts';

const attach = {
  summary: 'Attach local standard input, output, and error streams to a running container',
  load: async () => (await import('./attach.ts')).attach,
};
const diff = {
  summary: "Inspect changes to files or directories on a container's filesystem",
  load: async () => (await import('./diff.ts')).diff,
};
const exec = {
  summary: 'Execute a command in a running container',
  load: async () => (await import('./exec.ts')).exec,
};
const kill = {
  summary: 'Kill one or more running containers',
  load: async () => (await import('./stop.ts')).kill,
};
const logs = { summary: 'Fetch the logs of a container', load: async () => (await import('./logs.ts')).logs };
const ls = { summary: 'List containers', load: async () => (await import('./ls.ts')).containerLs };
const pause = {
  summary: 'Pause all processes within one or more containers',
  load: async () => (await import('./pause.ts')).pause,
};
const port = {
  summary: 'List port mappings or a specific mapping for the container',
  load: async () => (await import('./port.ts')).port,
};
const rename = { summary: 'Rename a container', load: async () => (await import('./rename.ts')).rename };
const restart = {
  summary: 'Restart one or more containers',
  load: async () => (await import('./stop.ts')).restart,
};
const rm = { summary: 'Remove one or more containers', load: async () => (await import('./rm.ts')).containerRm };
const start = {
  summary: 'Start one or more stopped containers',
  load: async () => (await import('./start.ts')).start,
};
const stop = { summary: 'Stop one or more running containers', load: async () => (await import('./stop.ts')).stop };
const top = {
  summary: 'Display the running processes of a container',
  load: async () => (await import('./top.ts')).top,
};
const unpause = {
  summary: 'Unpause all processes within one or more containers',
  load: async () => (await import('./pause.ts')).unpause,
};
const wait = {
  summary: 'Block until one or more containers stop, then print their exit codes',
  load: async () => (await import('./wait.ts')).wait,
};

const hidden = (leaf: CommandLeaf): CommandLeaf => ({ ...leaf, summary: '' });
const shown = (leaf: CommandLeaf, section: Section = 'Commands'): CommandLeaf => ({ ...leaf, section });

/** The group of docker's commands about containers. On our Engine the services of a sandbox are its containers. */
export const containerGroup: CommandGroup = {
  summary: 'Manage containers',
  section: 'Management Commands',
  commands: {
    attach,
    diff,
    exec,
    inspect: {
      summary: 'Display detailed information on one or more containers',
      load: async () => (await import('./inspect.ts')).containerInspect,
    },
    kill,
    list: hidden(ls),
    logs,
    ls,
    pause,
    port,
    prune: {
      summary: 'Remove all stopped containers',
      load: async () => (await import('./prune.ts')).containerPrune,
    },
    ps: hidden(ls),
    remove: hidden(rm),
    rename,
    restart,
    rm,
    start,
    stop,
    top,
    unpause,
    wait,
  },
};

/** docker's commands about containers, by both their names. */
export const containerCommands: Readonly<Record<string, CommandNode>> = {
  ps: shown(ls, 'Common Commands'),
  exec: shown(exec, 'Common Commands'),
  container: containerGroup,
  attach: shown(attach),
  diff: shown(diff),
  kill: shown(kill),
  logs: shown(logs),
  pause: shown(pause),
  port: shown(port),
  rename: shown(rename),
  restart: shown(restart),
  rm: shown(rm),
  start: shown(start),
  stop: shown(stop),
  top: shown(top),
  unpause: shown(unpause),
  wait: shown(wait),
};
