import { any, list, map, string, struct } from '../go-type.ts';

/** What `docker context inspect --format` is filled with (docker CLI 28, `command/context/inspect.go`). */
export const contextInspection = struct('context.contextWithTLSListing', {
  Name: string,
  Metadata: any,
  Endpoints: map(any),
  TLSMaterial: map(list(string)),
  Storage: struct('store.StorageInfo', { MetadataPath: string, TLSPath: string }),
});
