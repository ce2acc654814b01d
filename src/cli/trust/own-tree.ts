import type { CommandGroup } from '../command.ts';

type Commands = CommandGroup['commands'];

/** What docker has no command for. */
export const ownKeyCommands: Commands = {
  certificate: {
    summary: 'Write a certificate of a key for a repository',
    load: async () => (await import('./key-certificate.ts')).keyCertificate,
  },
  export: {
    summary: 'Write private keys as PEM',
    load: async () => (await import('./key-export.ts')).keyExport,
  },
  import: {
    summary: 'Take private keys from PEM files',
    load: async () => (await import('./key-import.ts')).keyImport,
  },
  list: {
    summary: 'List the private keys that are here',
    load: async () => (await import('./key-list.ts')).keyList,
  },
  ls: { summary: '', load: async () => (await import('./key-list.ts')).keyList },
  passwd: {
    summary: 'Give a private key another passphrase',
    load: async () => (await import('./key-passwd.ts')).keyPasswd,
  },
  remove: {
    summary: 'Remove private keys',
    load: async () => (await import('./key-remove.ts')).keyRemove,
  },
  rm: { summary: '', load: async () => (await import('./key-remove.ts')).keyRemove },
};

/** The same of `trust` itself. */
export const ownCommands: Commands = {
  backup: {
    summary: 'Write keys and trust data to an encrypted file',
    load: async () => (await import('./backup.ts')).backup,
  },
  resolve: {
    summary: 'Print what images are signed for, by digest',
    load: async () => (await import('./resolve.ts')).resolve,
  },
  restore: {
    summary: 'Bring back keys and trust data from an encrypted file',
    load: async () => (await import('./restore.ts')).restore,
  },
  check: {
    summary: 'Tell which images of a Dockerfile are signed',
    load: async () => (await import('./check.ts')).check,
  },
  doctor: {
    summary: 'Explain why a pull or a signature would fail now',
    load: async () => (await import('./doctor.ts')).doctor,
  },
  lock: {
    summary: 'Write down, or check, what a project relies on',
    load: async () => (await import('./lock.ts')).lock,
  },
  policy: {
    summary: 'Decide how many must sign',
    section: 'Management Commands',
    commands: {
      show: {
        summary: 'Show how many of whose keys must sign each role',
        load: async () => (await import('./policy-show.ts')).policyShow,
      },
      threshold: {
        summary: 'Set how many different keys must sign a role',
        load: async () => (await import('./policy-threshold.ts')).policyThreshold,
      },
    },
  },
  recover: {
    summary: 'Go on after a key was lost',
    section: 'Management Commands',
    commands: {
      repository: {
        summary: "Replace a repository's own key that was lost",
        load: async () => (await import('./recover-repository.ts')).recoverRepositories,
      },
      root: {
        summary: 'Begin a repository again whose root key was lost',
        load: async () => (await import('./recover-root.ts')).recoverRootCommand,
      },
    },
  },
  token: {
    summary: 'Work with keys on PKCS #11 tokens',
    section: 'Management Commands',
    commands: {
      generate: {
        summary: 'Make a key on a token',
        load: async () => (await import('./token-generate.ts')).tokenGenerate,
      },
      list: { summary: 'List the keys on a token', load: async () => (await import('./token-list.ts')).tokenList },
    },
  },
  request: {
    summary: 'Collect the signatures of several people',
    section: 'Management Commands',
    commands: {
      begin: {
        summary: 'Begin a repository by a request, with keys that are elsewhere',
        load: async () => (await import('./request-begin.ts')).requestBegin,
      },
      publish: {
        summary: 'Publish a request that has all its signatures',
        load: async () => (await import('./request-publish.ts')).requestPublish,
      },
      show: {
        summary: 'Show what a request would change, and who has signed it',
        load: async () => (await import('./request-show.ts')).requestShow,
      },
      sign: {
        summary: 'Sign a request with the keys that are here',
        load: async () => (await import('./request-sign.ts')).requestSign,
      },
    },
  },
  renew: {
    summary: 'Sign again what runs out, or has',
    load: async () => (await import('./renew.ts')).renew,
  },
  rotate: {
    summary: 'Replace keys',
    section: 'Management Commands',
    commands: {
      repository: {
        summary: "Replace a repository's own key",
        load: async () => (await import('./rotate-repository.ts')).rotateRepository,
      },
      root: {
        summary: "Replace a repository's root key",
        load: async () => (await import('./rotate-root.ts')).rotateRoot,
      },
      signer: {
        summary: "Replace a signer's keys",
        load: async () => (await import('./rotate-signer.ts')).rotateSigner,
      },
    },
  },
};
