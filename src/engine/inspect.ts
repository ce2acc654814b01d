import { formatReference, isJsonObject, type JsonObject, type JsonValue } from '../core/index.ts';
import type { ImageConfig } from './image-config.ts';
import { getImage, ImageNotFoundError } from './lookup.ts';
import type { ImageRecord } from './store/image-record.ts';
import type { ImageStore } from './store/image-store.ts';
import { readConfig, sizeOf } from './summary.ts';

/** All there is to know of an image. */
export interface ImageDetails {
  readonly image: ImageRecord;
  readonly config: ImageConfig;
  readonly tags: readonly string[];
  readonly digests: readonly string[];
  readonly size: number;
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
  };
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

type Defaults = readonly (readonly [name: string, value: JsonValue | undefined])[];

/** Members of a container's config in docker's order; those without a value appear only where they are set. */
const CONTAINER_CONFIG: Defaults = [
  ['Hostname', ''],
  ['Domainname', ''],
  ['User', ''],
  ['AttachStdin', false],
  ['AttachStdout', false],
  ['AttachStderr', false],
  ['ExposedPorts', undefined],
  ['Tty', false],
  ['OpenStdin', false],
  ['StdinOnce', false],
  ['Env', null],
  ['Cmd', null],
  ['Healthcheck', undefined],
  ['ArgsEscaped', undefined],
  ['Image', ''],
  ['Volumes', null],
  ['WorkingDir', ''],
  ['Entrypoint', null],
  ['OnBuild', null],
  ['Labels', null],
  ['StopSignal', undefined],
  ['StopTimeout', undefined],
  ['Shell', undefined],
];
/** What an image's config has since API 1.50: only what is set. */
const IMAGE_CONFIG = [
  'User',
  'ExposedPorts',
  'Env',
  'Entrypoint',
  'Cmd',
  'Volumes',
  'WorkingDir',
  'Labels',
  'StopSignal',
  'ArgsEscaped',
  'Healthcheck',
  'OnBuild',
  'Shell',
] as const;

/** A container's config with docker's defaults filled in, as inspection shows it before API 1.50. */
export function fullContainerConfig(value: JsonValue | undefined): JsonObject {
  const given = isJsonObject(value) ? value : {};
  return Object.fromEntries(
    CONTAINER_CONFIG.flatMap(([name, fallback]) => {
      const found = given[name] ?? fallback;
      return found === undefined ? [] : [[name, found]];
    }),
  );
}

/** A config without what is not set, as inspection shows it since API 1.50. */
export function imageConfigOf(value: JsonValue | undefined): JsonObject {
  const given = isJsonObject(value) ? value : {};
  return Object.fromEntries(
    IMAGE_CONFIG.flatMap((name) => {
      const found = given[name];
      return found === undefined || isEmpty(found) ? [] : [[name, found]];
    }),
  );
}

function isEmpty(value: JsonValue): boolean {
  return (
    value === null || value === '' || value === false || (typeof value === 'object' && Object.keys(value).length === 0)
  );
}
