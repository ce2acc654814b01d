import { RegistryError } from './errors.ts';

declare const uploadIdBrand: unique symbol;
/** Name of an upload: a version 4 UUID, lower-case, which nobody guesses. Only `parseUploadId` makes one. */
export type UploadId = string & { readonly [uploadIdBrand]: true };

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** @throws {RegistryError} BLOB_UPLOAD_INVALID */
export function parseUploadId(text: string): UploadId {
  if (!isUploadId(text)) throw new RegistryError('BLOB_UPLOAD_INVALID', {});
  return text;
}

export function isUploadId(text: string): text is UploadId {
  return UUID.test(text);
}
