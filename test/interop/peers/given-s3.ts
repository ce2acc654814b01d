import { randomUUID } from 'node:crypto';
import { openS3Driver, type S3Driver, type S3Options } from '../../../src/storage/index.ts';

/**
 * The S3 that the environment names, with a bucket that is there: TRUSTSANDBOX_TEST_S3_ENDPOINT, _BUCKET, _REGION,
 * _ACCESS_KEY, _SECRET_KEY. What the tests put there stays, under `trustsandbox-test/`.
 */
export function givenS3(): S3Options | undefined {
  const setting = (name: string): string | undefined => process.env[`TRUSTSANDBOX_TEST_S3_${name}`];
  const endpoint = setting('ENDPOINT');
  if (endpoint === undefined) return undefined;
  return {
    endpoint,
    bucket: setting('BUCKET') ?? 'trustsandbox-test',
    region: setting('REGION') ?? 'us-east-1',
    accessKeyId: setting('ACCESS_KEY'),
    secretAccessKey: setting('SECRET_KEY'),
    forcePathStyle: true,
  };
}

/** An empty store in it; `undefined` when the environment names none. */
export async function openGivenS3(): Promise<S3Driver | undefined> {
  const given = givenS3();
  return given && openS3Driver({ ...given, rootDirectory: `/trustsandbox-test/${randomUUID()}` });
}
