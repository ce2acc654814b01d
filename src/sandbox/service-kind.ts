/** What a compose service can be played as. */
export type ServiceKind = 'registry' | 'notary-server' | 'client';

interface KindRow {
  readonly kind: ServiceKind;
  /** Matches an image's repository without registry and tag, and its tag. */
  matches(repository: string, tag: string): boolean;
  /** How to ask for it, for messages. */
  readonly example: string;
}

const KINDS: readonly KindRow[] = [
  {
    kind: 'registry',
    matches: (repository) => /(^|\/)(registry|distribution)$/.test(repository),
    example: 'registry:2',
  },
  {
    kind: 'notary-server',
    matches: (repository, tag) =>
      /(^|\/)notary[-_]?server$/.test(repository) ||
      (/(^|\/)notary(_autobuilds)?$/.test(repository) && tag.startsWith('server')),
    example: 'notary:server',
  },
  { kind: 'client', matches: (repository) => /(^|\/)docker$/.test(repository), example: 'docker:dind' },
];

/** What `image` is played as; undefined when the sandbox can't play it. */
export function findServiceKind(image: string): ServiceKind | undefined {
  const [, repository = '', tag = 'latest'] = /^(.*?)(?::([^:/]+))?(?:@.*)?$/.exec(image) ?? [];
  return KINDS.find((row) => row.matches(repository, tag))?.kind;
}

/** `registry (registry:2), …` */
export function listServiceKinds(): string {
  return KINDS.map(({ kind, example }) => `${kind} (${example})`).join(', ');
}
