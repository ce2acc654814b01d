import { bool, list, map, named, optional, pointer, string, struct } from '../go-type.ts';

/** What `docker version --format` is filled with (docker CLI 28, `command/system/version.go`; moby 28, `types.Version`). */
const platform = struct('struct { Name string }', { Name: string });

export const clientVersion = struct('system.clientVersion', {
  Platform: { type: pointer(platform), isOptional: true },
  Version: optional(string),
  APIVersion: optional(string, 'ApiVersion'),
  DefaultAPIVersion: optional(string),
  GitCommit: string,
  GoVersion: string,
  Os: string,
  Arch: string,
  BuildTime: optional(string),
  Context: string,
});

const serverVersion = struct('types.Version', {
  Platform: platform,
  Components: optional(
    list(struct('types.ComponentVersion', { Name: string, Version: string, Details: optional(map(string)) })),
  ),
  Version: string,
  APIVersion: named('ApiVersion', string),
  MinAPIVersion: optional(string),
  GitCommit: string,
  GoVersion: string,
  Os: string,
  Arch: string,
  KernelVersion: optional(string),
  Experimental: optional(bool),
  BuildTime: optional(string),
});

export const versionInfo = struct('system.versionInfo', { Client: clientVersion, Server: pointer(serverVersion) });
