import type { HistoryLine, ImageDetails } from '../inspect.ts';
import type { ImageSummary } from '../summary.ts';
import { fullContainerConfig, imageConfigOf } from './container-config.ts';

/** An image of a list (Engine API v1.50, `ImageSummary`; with `VirtualSize` and nulls before 1.44). */
export function summaryJson(image: ImageSummary, minor: number): unknown {
  const isOld = minor < 44;
  const namesOf = (names: readonly string[]): readonly string[] | null => (isOld && names.length === 0 ? null : names);
  return {
    Containers: -1,
    Created: Math.floor(image.created.getTime() / 1000),
    Id: image.id,
    Labels: image.labels.size === 0 ? null : Object.fromEntries(image.labels),
    ParentId: '',
    RepoDigests: namesOf(image.digests),
    RepoTags: namesOf(image.tags),
    SharedSize: -1,
    Size: image.size,
    ...(isOld && { VirtualSize: image.size }),
  };
}

/** An image in full (Engine API v1.50, `ImageInspect`). */
export function inspectJson({ image, config, tags, digests, size }: ImageDetails, minor: number): unknown {
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
    Metadata: { LastTagTime: image.lastTaggedAt ?? '0001-01-01T00:00:00Z' },
  };
}

/** A line of an image's history (Engine API v1.50, `ImageHistory`). */
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
