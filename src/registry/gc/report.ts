import { type Digest, humanSize, type RepositoryName, type Tag } from '../../core/index.ts';

/** Something in a repository that was deleted, or would be. */
export interface Removed<T extends string> {
  readonly repository: RepositoryName;
  readonly name: T;
}

/** What a collection did, or in a dry run would do. */
export interface CollectionReport {
  readonly startedAt: Date;
  readonly finishedAt: Date;
  readonly isDryRun: boolean;
  /** It went on where an earlier one was cut off; the figures are of this part alone. */
  readonly isResumed: boolean;
  readonly repositories: number;
  /** How many of each were deleted; the lists below have the first 10,000. */
  readonly counts: Readonly<Record<'tags' | 'manifests' | 'layerLinks' | 'blobs', number>>;
  readonly tags: readonly Removed<Tag>[];
  readonly manifests: readonly Removed<Digest>[];
  readonly layerLinks: readonly Removed<Digest>[];
  readonly blobs: readonly { readonly digest: Digest; readonly size: number }[];
  /** Bytes of the blobs. */
  readonly reclaimed: number;
  /** Blobs that stay. */
  readonly blobsKept: number;
  /** Folders of repositories whose names are none: because of them no blob was collected. */
  readonly unnamed: readonly string[];
  /** Repositories in which nothing was collected, since what these manifests refer to cannot be read. */
  readonly skipped: readonly { readonly repository: RepositoryName; readonly unreadable: readonly Digest[] }[];
}

/** For people; the figures and the lines of distribution's collector, where it has them. */
export function formatReport(report: CollectionReport): string {
  const { isDryRun, tags, manifests, layerLinks, blobs, blobsKept, skipped, unnamed, reclaimed, isResumed, counts } =
    report;
  const what = isDryRun ? 'eligible for deletion' : 'deleted';
  const lines = [
    ...(isResumed ? ['continued where an earlier collection was cut off'] : []),
    `${blobsKept} blobs marked, ${counts.blobs} blobs and ${counts.manifests} manifests ${what}`,
    ...tags.map(({ repository, name }) => `${repository}: tag ${what}: ${name}`),
    ...manifests.map(({ repository, name }) => `${repository}: manifest ${what}: ${name}`),
    ...layerLinks.map(({ repository, name }) => `${repository}: layer link ${what}: ${name}`),
    ...blobs.map(({ digest, size }) => `blob ${what}: ${digest} ${humanSize(size)}`),
    ...unnamed.map((folder) => `no blob was collected, because of a repository without a valid name: ${folder}`),
    ...skipped.map(({ repository, unreadable }) => `${repository}: left alone, unreadable: ${unreadable.join(', ')}`),
    `space ${isDryRun ? 'to reclaim' : 'reclaimed'}: ${humanSize(reclaimed)}`,
  ];
  return `${lines.join('\n')}\n`;
}
