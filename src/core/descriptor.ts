import type { Digest } from './digest.ts';

/** Points at content: what it is, which bytes, how many (image-spec v1.1, descriptor.md). `size` in bytes. */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly size: number;
}
