import type * as ClientS3 from '@aws-sdk/client-s3';
import type * as Presigner from '@aws-sdk/s3-request-presigner';
import { S3SdkMissingError } from './errors.ts';

export type S3Sdk = typeof ClientS3;

/** The AWS SDK, imported when first needed: it takes longer to load than all the rest. @throws {S3SdkMissingError} */
export function loadSdk(): Promise<S3Sdk> {
  return import('@aws-sdk/client-s3').catch(missing);
}

/** What makes URLs that work without credentials. @throws {S3SdkMissingError} */
export function loadPresigner(): Promise<typeof Presigner> {
  return import('@aws-sdk/s3-request-presigner').catch(missing);
}

function missing(error: unknown): never {
  const { code } = error as { code?: string };
  if (code === 'ERR_MODULE_NOT_FOUND') throw new S3SdkMissingError({ cause: error });
  throw error;
}
