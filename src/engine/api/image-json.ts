import type { Descriptor } from '../../core/index.ts';
import type { EngineHost } from '../host/host.ts';
import type { HistoryLine, ImageDetails } from '../inspect.ts';
import { isSameName } from '../same-name.ts';
import type { ImageSummary } from '../summary.ts';
import { fullContainerConfig, imageConfigOf } from './container-config.ts';

/** What was asked of a list. */
export interface SummaryView {
  readonly minor: number;
  readonly hasSharedSize: boolean;
  readonly hasManifests: boolean;
  readonly countContainers: (image: ImageSummary) => number;
}

/** Counts the containers that have an image, by its name or id. */
export function containerCounter(host: EngineHost): SummaryView['countContainers'] {
  const used = host.containers().map(({ image }) => image);
  return ({ id, tags, digests }) =>
    used.filter((image) => [id, ...tags, ...digests].some((name) => isSameName(image, name))).length;
}

/** An image of a list (Engine API v1.51, `ImageSummary`; with `VirtualSize` and nulls before 1.44). */
export function summaryJson(image: ImageSummary, view: SummaryView): unknown {
  const isOld = view.minor < 44;
  const namesOf = (names: readonly string[]): readonly string[] | null => (isOld && names.length === 0 ? null : names);
  return {
    Containers: view.minor < 51 && !view.hasSharedSize ? -1 : view.countContainers(image),
    Created: Math.floor(image.created.getTime() / 1000),
    Id: image.id,
    Labels: image.labels.size === 0 ? null : Object.fromEntries(image.labels),
    ...(view.hasManifests && view.minor >= 47 && { Manifests: image.manifests.map((one) => manifestJson(one, image)) }),
    ParentId: '',
    RepoDigests: namesOf(image.digests),
    RepoTags: namesOf(image.tags),
    SharedSize: view.hasSharedSize ? image.sharedSize : -1,
    Size: image.size,
    ...(isOld && { VirtualSize: image.size }),
  };
}

/** A manifest an image is known by (Engine API v1.51, `ImageManifestSummary`). Sizes in bytes: as packed, as unpacked. */
function manifestJson(
  { mediaType, digest, size }: Descriptor,
  { platform, packedSize, size: unpacked }: Pick<ImageSummary, 'platform' | 'packedSize' | 'size'>,
): unknown {
  return {
    ID: digest,
    Descriptor: { mediaType, digest, size },
    Available: true,
    Size: { Content: packedSize, Total: packedSize + unpacked },
    Kind: 'image',
    ImageData: { Platform: platform, Containers: [], Size: { Unpacked: unpacked } },
  };
}

/** An image in full (Engine API v1.51, `ImageInspect`). */
export function inspectJson(
  { image, config, tags, digests, size, packedSize }: ImageDetails,
  minor: number,
  hasManifests = false,
): unknown {
  const { source, platform } = config;
  const textOf = (name: string): string => (typeof source[name] === 'string' ? source[name] : '');
  return {
    Id: image.id,
    RepoTags: tags,
    RepoDigests: digests,
    Parent: '',
    Comment: textOf('comment'),
    Created: config.created ?? '',
    ...(minor < 45 && {
      Container: textOf('container'),
      ContainerConfig: fullContainerConfig(source.container_config),
    }),
    DockerVersion: textOf('docker_version'),
    Author: textOf('author'),
    Config: minor < 50 ? fullContainerConfig(source.config) : imageConfigOf(source.config),
    Architecture: platform.architecture,
    ...(platform.variant !== undefined && { Variant: platform.variant }),
    Os: platform.os,
    Size: size,
    ...(minor < 44 && { VirtualSize: size }),
    GraphDriver: { Data: null, Name: 'vfs' },
    RootFS: { Type: 'layers', Layers: image.diffIds },
    ...(hasManifests &&
      minor >= 48 && {
        Manifests: image.manifests.map((one) => manifestJson(one, { platform, packedSize, size })),
      }),
    Metadata: { LastTagTime: image.lastTaggedAt ?? '0001-01-01T00:00:00Z' },
  };
}

/** A line of an image's history (Engine API v1.51, `ImageHistory`). */
export function historyJson(line: HistoryLine): unknown {
  return {
    Comment: line.comment,
    Created: Math.floor(line.created.getTime() / 1000),
    CreatedBy: line.createdBy,
    Id: line.id ?? '<missing>',
    Size: line.size,
    Tags: line.tags.length === 0 ? null : line.tags,
  };
}
