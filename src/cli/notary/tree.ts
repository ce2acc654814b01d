import type { NotaryGroup } from './command.ts';

const keyCommands: NotaryGroup = {
  short: 'Work with private keys',
  long: 'Makes, moves, rotates and removes private keys.',
  commands: {
    export: {
      short: 'Write private keys, all or those named, as PEM',
      load: async () => (await import('./key/export.ts')).keyExport,
    },
    generate: {
      short: 'Make a private key',
      load: async () => (await import('./key/generate.ts')).keyGenerate,
    },
    import: {
      short: 'Take private keys from PEM files',
      load: async () => (await import('./key/import.ts')).keyImport,
    },
    list: { short: 'List private keys', load: async () => (await import('./key/list.ts')).keyList },
    passwd: {
      short: 'Give a private key another passphrase',
      load: async () => (await import('./key/passwd.ts')).keyPasswd,
    },
    remove: {
      short: 'Remove a private key',
      load: async () => (await import('./key/remove.ts')).keyRemove,
    },
    rotate: {
      short: 'Replace the keys of a role of a collection',
      load: async () => (await import('./key/rotate.ts')).keyRotate,
    },
  },
};

const delegationCommands: NotaryGroup = {
  short: 'Work with delegations',
  long: 'Shows and changes which roles a collection delegates to, for which paths, and whose keys sign them.',
  commands: {
    add: {
      short: 'Stage keys and paths for a delegation, a new one perhaps',
      load: async () => (await import('./delegation/add.ts')).delegationAdd,
    },
    list: {
      short: 'List delegations, their keys and paths',
      load: async () => (await import('./delegation/list.ts')).delegationList,
    },
    purge: {
      short: 'Stage the removal of keys from all delegations',
      load: async () => (await import('./delegation/purge.ts')).delegationPurge,
    },
    remove: {
      short: 'Stage the removal of a delegation, or of keys and paths from it',
      load: async () => (await import('./delegation/remove.ts')).delegationRemove,
    },
  },
};

/** The commands of notary 0.7, by name; `help` is the program's own. */
export const notaryCommands: NotaryGroup = {
  short: 'Signed collections of any content',
  long: 'Creates and manages collections of signed targets: signs any content, and verifies it.',
  commands: {
    add: {
      short: 'Stage a file as a target',
      load: async () => (await import('./add.ts')).add,
    },
    addhash: {
      short: 'Stage a target by its size and hashes',
      load: async () => (await import('./addhash.ts')).addHash,
    },
    delegation: delegationCommands,
    delete: {
      short: 'Delete a collection here, and on the server if asked to',
      load: async () => (await import('./delete.ts')).deleteCollection,
    },
    help: { short: 'Help about any command', load: async () => (await import('./help-command.ts')).help },
    init: { short: 'Begin a collection', load: async () => (await import('./init.ts')).init },
    key: keyCommands,
    list: {
      short: 'List the targets that are signed',
      load: async () => (await import('./list.ts')).list,
    },
    lookup: {
      short: 'Show the hash and size of a target',
      load: async () => (await import('./lookup.ts')).lookup,
    },
    publish: {
      short: 'Sign what is staged and send it to the server',
      load: async () => (await import('./publish.ts')).publish,
    },
    remove: {
      short: 'Stage the removal of a target',
      load: async () => (await import('./remove.ts')).remove,
    },
    reset: {
      short: 'Forget staged changes',
      load: async () => (await import('./reset.ts')).reset,
    },
    status: {
      short: 'Show staged changes',
      load: async () => (await import('./status.ts')).status,
    },
    verify: {
      short: 'Verify content against a target',
      load: async () => (await import('./verify.ts')).verify,
    },
    version: {
      short: 'Show the version',
      load: async () => (await import('./version.ts')).version,
    },
    witness: {
      short: 'Stage roles to be signed again as they are',
      load: async () => (await import('./witness.ts')).witness,
    },
  },
};
