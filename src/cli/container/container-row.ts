import {
  formatReference,
  humanDuration,
  humanSize,
  type ImageReference,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  parseImageReference,
} from '../../core/index.ts';
import { goTime } from '../human-time.ts';
import type { ListFormat, RichRow } from '../list-format.ts';
import { formatPorts } from './ports.ts';

/** A list of containers, as docker shows it. */
export const CONTAINER_LIST: ListFormat = {
  headings: {
    Command: 'COMMAND',
    CreatedAt: 'CREATED AT',
    ID: 'CONTAINER ID',
    Image: 'IMAGE',
    Labels: 'LABELS',
    LocalVolumes: 'LOCAL VOLUMES',
    Mounts: 'MOUNTS',
    Names: 'NAMES',
    Networks: 'NETWORKS',
    Ports: 'PORTS',
    RunningFor: 'CREATED',
    Size: 'SIZE',
    State: 'STATE',
    Status: 'STATUS',
  },
  table: ['ID', 'Image', 'Command', 'RunningFor', 'Status', 'Ports', 'Names'],
  absent: ['Platform'], // our Engine and dockerd's classic store do not say
  type: '*formatter.ContainerContext',
};

const SHORT_ID = 12;
const SHORT_COMMAND = 20;
const SHORT_MOUNT = 15;

/** A row of it, from a container of the Engine's list (Docker Engine API v1.50, `ContainerSummary`). */
export function containerRow(container: JsonObject, now: Date, isFull: boolean): RichRow {
  const id = textOf(container.Id);
  const created = new Date(Number(container.Created ?? 0) * 1000);
  const command = textOf(container.Command);
  const mounts = listOf(container.Mounts).filter(isJsonObject);
  const networks = isJsonObject(container.NetworkSettings) ? container.NetworkSettings.Networks : undefined;
  return {
    Command: JSON.stringify(isFull ? command : ellipsis(command, SHORT_COMMAND)),
    CreatedAt: goTime(created),
    ID: isFull ? id : id.slice(0, SHORT_ID),
    Image: imageText(container, isFull),
    Label: (name: unknown) => (isJsonObject(container.Labels) ? textOf(container.Labels[String(name)]) : ''),
    Labels: labelsText(container.Labels),
    LocalVolumes: String(mounts.filter(({ Driver: driver }) => driver === 'local').length),
    Mounts: mounts.map((mount) => mountText(mount, isFull)).join(','),
    Names: namesText(container.Names, isFull),
    Networks: Object.keys(isJsonObject(networks) ? networks : {}).join(','),
    Ports: formatPorts(listOf(container.Ports)),
    RunningFor: `${humanDuration(now.getTime() - created.getTime())} ago`,
    Size: sizeText(Number(container.SizeRw ?? 0), Number(container.SizeRootFs ?? 0)),
    State: textOf(container.State),
    Status: textOf(container.Status),
  };
}

/** An id of an image, cut, where that is all there is; a digest is left out where there is a tag. */
function imageText({ Image: image, ImageID: imageId }: JsonObject, isFull: boolean): string {
  const text = textOf(image);
  if (text === '') return '<no image>';
  if (isFull) return text;
  const plainId = textOf(imageId).replace(/^sha256:/, '');
  const plain = text.replace(/^sha256:/, '');
  if (plainId !== '' && plainId === plain) return plain.slice(0, SHORT_ID);
  const reference = tryReference(text);
  if (!reference?.digest || !reference.tag) return text;
  const { domain, repository, tag } = reference;
  return formatReference({ domain, repository, tag });
}

function tryReference(text: string): ImageReference | undefined {
  try {
    return parseImageReference(text);
  } catch {
    return undefined;
  }
}

/** Without the slash before them; names that links gave are left out of short lists. */
function namesText(value: JsonValue | undefined, isFull: boolean): string {
  const names = listOf(value).map((name) => textOf(name).replace(/^\//, ''));
  return names.filter((name) => isFull || !name.includes('/')).join(',');
}

function mountText({ Name: name, Source: source }: JsonObject, isFull: boolean): string {
  const text = textOf(name) || textOf(source);
  return isFull ? text : ellipsis(text, SHORT_MOUNT);
}

function labelsText(value: JsonValue | undefined): string {
  return Object.entries(isJsonObject(value) ? value : {})
    .map(([name, label]) => `${name}=${textOf(label)}`)
    .sort()
    .join(',');
}

/** `2B (virtual 1.2MB)`: what it has written, and all of it. */
function sizeText(written: number, all: number): string {
  return all > 0 ? `${humanSize(written, 3)} (virtual ${humanSize(all, 3)})` : humanSize(written, 3);
}

/** Cut to so many characters, the last of which says so. */
function ellipsis(text: string, length: number): string {
  const characters = [...text];
  return characters.length <= length ? text : `${characters.slice(0, length - 1).join('')}…`;
}

function listOf(value: JsonValue | undefined): readonly JsonValue[] {
  return Array.isArray(value) ? value : [];
}

function textOf(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : '';
}
