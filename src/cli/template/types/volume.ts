import { any, int64, map, optional, pointer, string, struct } from '../go-type.ts';

/** What `docker volume inspect --format` is filled with (moby 28, `volume.Volume`). */
export const volumeInspection = struct('volume.Volume', {
  ClusterVolume: optional(any),
  CreatedAt: optional(string),
  Driver: string,
  Labels: map(string),
  Mountpoint: string,
  Name: string,
  Options: map(string),
  Scope: string,
  Status: optional(map(any)),
  UsageData: optional(pointer(struct('volume.UsageData', { RefCount: int64, Size: int64 }))),
});
