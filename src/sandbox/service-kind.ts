/** What a compose service can be played as. */
export type ServiceKind = 'registry' | 'notary-server' | 'notary-signer' | 'client';

export const SERVICE_KINDS = ['registry', 'notary-server', 'notary-signer', 'client'] as const satisfies ServiceKind[];

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
    matches: (repository, tag) => isNotary('server', repository, tag),
    example: 'notary:server',
  },
  {
    kind: 'notary-signer',
    matches: (repository, tag) => isNotary('signer', repository, tag),
    example: 'notary:signer',
  },
  { kind: 'client', matches: (repository) => /(^|\/)docker$/.test(repository), example: 'docker:dind' },
];

/** `notary:server`, `notary_server`, `dockersecurity/notary_autobuilds:server-v0.5.1` */
function isNotary(part: 'server' | 'signer', repository: string, tag: string): boolean {
  if (new RegExp(`(^|/)notary[-_]?${part}$`).test(repository)) return true;
  return /(^|\/)notary(_autobuilds)?$/.test(repository) && tag.startsWith(part);
}

/** What `image` is played as; undefined when the sandbox can't play it. */
export function findServiceKind(image: string): ServiceKind | undefined {
  const [, repository = '', tag = 'latest'] = /^(.*?)(?::([^:/]+))?(?:@.*)?$/.exec(image) ?? [];
  return KINDS.find((row) => row.matches(repository, tag))?.kind;
}

/** `registry (registry:2), …` */
export function listServiceKinds(): string {
  return KINDS.map(({ kind, example }) => `${kind} (${example})`).join(', ');
}
