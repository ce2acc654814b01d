import type { CommandGroup } from '../command.ts';

type Commands = CommandGroup['commands'];

const clockCommands: Commands = {
  reset: { summary: "Go back to this machine's time", load: async () => (await import('./clock.ts')).clockReset },
  set: {
    summary: 'Move time, for every service and client of the sandbox',
    load: async () => (await import('./clock.ts')).clockSet,
  },
  show: { summary: 'Show what time it is in the sandbox', load: async () => (await import('./clock.ts')).clockShow },
};

const snapshotCommands: Commands = {
  delete: { summary: 'Delete a saved state', load: async () => (await import('./snapshot.ts')).snapshotDelete },
  list: { summary: 'List saved states', load: async () => (await import('./snapshot.ts')).snapshotList },
  restore: {
    summary: 'Put a saved state back; what happened since is gone',
    load: async () => (await import('./snapshot.ts')).snapshotRestore,
  },
  save: {
    summary: 'Save the whole state: images, trust data, keys, the time',
    load: async () => (await import('./snapshot.ts')).snapshotSave,
  },
};

const faultCommands: Commands = {
  clear: {
    summary: 'Have requests to a service, or to all, go well again',
    load: async () => (await import('./fault.ts')).faultClear,
  },
  list: { summary: 'List the faults that are set', load: async () => (await import('./fault.ts')).faultList },
  set: { summary: 'Have requests to a service go wrong', load: async () => (await import('./fault.ts')).faultSet },
};

/** What a sandbox can be done to, besides being started and stopped. */
export const sandboxGroups: Commands = {
  clock: { summary: 'The time of a sandbox', section: 'Sandbox Commands', commands: clockCommands },
  doctor: {
    summary: 'Check this machine and the sandbox, and say what to do',
    section: 'Sandbox Commands',
    load: async () => (await import('./doctor.ts')).doctor,
  },
  fault: { summary: 'What goes wrong, on purpose', section: 'Sandbox Commands', commands: faultCommands },
  fork: {
    summary: 'Start a copy of this sandbox under another name',
    section: 'Sandbox Commands',
    load: async () => (await import('./fork.ts')).fork,
  },
  sandbox: {
    summary: 'What happens in a sandbox',
    section: 'Sandbox Commands',
    commands: {
      events: {
        summary: 'Show what happens in a sandbox, in one stream',
        load: async () => (await import('./events.ts')).sandboxEvents,
      },
      ls: { summary: 'List running sandboxes', load: async () => (await import('./ls.ts')).composeLs },
    },
  },
  snapshot: { summary: 'Saved states of a sandbox', section: 'Sandbox Commands', commands: snapshotCommands },
};
