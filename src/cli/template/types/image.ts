import {
  any,
  bool,
  embedded,
  int,
  int64,
  list,
  map,
  optional,
  pointer,
  reference,
  string,
  struct,
  time,
} from '../go-type.ts';

/** What `docker image inspect --format` is filled with first (moby 28, `image.InspectResponse`). */
const empty = struct('struct {}', {});
const healthcheck = struct('v1.HealthcheckConfig', {
  Test: optional(list(string)),
  Interval: optional(int64),
  Timeout: optional(int64),
  StartPeriod: optional(int64),
  StartInterval: optional(int64),
  Retries: optional(int),
});

/** Configuration of an image: OCI's, and what docker adds. */
const imageConfig = struct('v1.DockerOCIImageConfig', {
  ImageConfig: embedded(
    struct('v1.ImageConfig', {
      User: optional(string),
      ExposedPorts: optional(map(empty)),
      Env: optional(list(string)),
      Entrypoint: optional(list(string)),
      Cmd: optional(list(string)),
      Volumes: optional(map(empty)),
      WorkingDir: optional(string),
      Labels: optional(map(string)),
      StopSignal: optional(string),
      ArgsEscaped: optional(bool),
    }),
  ),
  DockerOCIImageConfigExt: embedded(
    struct('v1.DockerOCIImageConfigExt', {
      Healthcheck: optional(pointer(healthcheck)),
      OnBuild: optional(list(string)),
      Shell: optional(list(string)),
    }),
  ),
});

/** Configuration of a container (`container.Config`). */
export const containerConfig = struct('container.Config', {
  Hostname: string,
  Domainname: string,
  User: string,
  AttachStdin: bool,
  AttachStdout: bool,
  AttachStderr: bool,
  ExposedPorts: optional(map(empty)),
  Tty: bool,
  OpenStdin: bool,
  StdinOnce: bool,
  Env: list(string),
  Cmd: list(string),
  Healthcheck: optional(pointer(healthcheck)),
  ArgsEscaped: optional(bool),
  Image: string,
  Volumes: map(empty),
  WorkingDir: string,
  Entrypoint: list(string),
  NetworkDisabled: optional(bool),
  MacAddress: optional(string),
  OnBuild: list(string),
  Labels: map(string),
  StopSignal: optional(string),
  StopTimeout: optional(reference(int)),
  Shell: optional(list(string)),
});

export const descriptor = struct('v1.Descriptor', {
  MediaType: { type: string, json: 'mediaType' },
  Digest: { type: string, json: 'digest' },
  Size: { type: int64, json: 'size' },
  URLs: optional(list(string), 'urls'),
  Annotations: optional(map(string), 'annotations'),
  Data: optional(string, 'data'),
  Platform: optional(any, 'platform'),
  ArtifactType: optional(string, 'artifactType'),
});

export const imageInspection = struct('image.InspectResponse', {
  ID: { type: string, json: 'Id' },
  RepoTags: list(string),
  RepoDigests: list(string),
  Parent: string,
  Comment: string,
  Created: optional(string),
  Container: optional(string),
  ContainerConfig: optional(pointer(containerConfig)),
  DockerVersion: string,
  Author: string,
  Config: pointer(imageConfig),
  Architecture: string,
  Variant: optional(string),
  Os: string,
  OsVersion: optional(string),
  Size: int64,
  VirtualSize: optional(int64),
  GraphDriver: struct('storage.DriverData', { Data: map(string), Name: string }),
  RootFS: struct('image.RootFS', { Type: optional(string), Layers: optional(list(string)) }),
  Metadata: struct('image.Metadata', { LastTagTime: time }),
  Descriptor: optional(pointer(descriptor)),
  Manifests: optional(list(any)),
});
