import { formatReference } from '../core/index.ts';
import type { ImageConfig } from './image-config.ts';
import { getImage, ImageNotFoundError } from './lookup.ts';
import { isSamePlatform, type Platform, platformText } from './platform.ts';
import type { ImageRecord } from './store/image-record.ts';
import type { ImageStore } from './store/image-store.ts';
import { packedSizeOf, readConfig, sizeOf } from './summary.ts';

/** All there is to know of an image. */
export interface ImageDetails {
  readonly image: ImageRecord;
  readonly config: ImageConfig;
  readonly tags: readonly string[];
  readonly digests: readonly string[];
  readonly size: number;
  /** What its layers take as they are held, in bytes. */
  readonly packedSize: number;
}

/** One line of an image's history, newest first; `size` in bytes, `id` for the image itself only. */
export interface HistoryLine {
  readonly id: string | undefined;
  readonly created: Date;
  readonly createdBy: string;
  readonly tags: readonly string[];
  readonly size: number;
  readonly comment: string;
}

/** @throws {ImageNotFoundError} in dockerd's words for an inspection, which say it twice */
export async function inspectImage(store: ImageStore, name: string): Promise<ImageDetails> {
  const image = getInspected(store, name);
  const names = store.references.list(image.id).map(({ reference }) => reference);
  return {
    image,
    config: await readConfig(store, image.id),
    tags: names.filter(({ digest }) => !digest).map(formatReference),
    digests: names.filter(({ digest }) => digest).map(formatReference),
    size: sizeOf(store, image),
    packedSize: packedSizeOf(store, image),
  };
}

/** @throws {ImageNotFoundError} in dockerd's words: the image is here, but for another platform */
export async function verifyPlatform(store: ImageStore, name: string, wanted: Platform): Promise<void> {
  const { platform } = await readConfig(store, getImage(store, name).id);
  if (isSamePlatform(wanted, platform)) return;
  throw new ImageNotFoundError(
    `image with reference ${name} was found but its platform (${platformText(platform)}) does not match the specified platform (${platformText(wanted)})`,
  );
}

function getInspected(store: ImageStore, name: string): ImageRecord {
  try {
    return getImage(store, name);
  } catch (cause) {
    if (!(cause instanceof ImageNotFoundError)) throw cause;
    throw new ImageNotFoundError(`no such image: ${name}: ${cause.message}`, { cause });
  }
}

/** The steps that made an image, with the sizes of the layers they left. @throws {ImageNotFoundError} */
export async function imageHistory(store: ImageStore, name: string): Promise<HistoryLine[]> {
  const image = getImage(store, name);
  const { history } = await readConfig(store, image.id);
  const tags = store.references
    .list(image.id)
    .flatMap(({ reference }) => (reference.digest ? [] : [formatReference(reference)]));
  let layer = 0;
  const lines = history.map((entry): HistoryLine => {
    const diffId = entry.emptyLayer ? undefined : image.diffIds[layer];
    if (!entry.emptyLayer) layer += 1;
    return {
      id: undefined,
      created: new Date(entry.created ?? 0),
      createdBy: entry.createdBy,
      tags: [],
      size: diffId ? (store.findLayer(diffId)?.size ?? 0) : 0,
      comment: entry.comment,
    };
  });
  const newestFirst = lines.reverse();
  const [top, ...rest] = newestFirst;
  return top ? [{ ...top, id: image.id, tags }, ...rest] : [];
}
