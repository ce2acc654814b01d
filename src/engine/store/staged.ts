import type { PublishedFiles } from './publication.ts';

/** What one part of the store has in memory and not on disk. */
export interface Staged {
  readonly files: PublishedFiles;
  /** It could not be written: memory has again what the disk has. */
  undo(): void;
}
