import { randomUUID } from 'node:crypto';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import type { S3Options } from '../../../src/storage/index.ts';
import { givenS3 } from './given-s3.ts';
import { type Swift, startSwift } from './swift.ts';
import { createWorkspace } from './workspace.ts';

/** An S3 server with a bucket for this test. */
export interface S3Peer extends AsyncDisposable {
  /** How to open a part of the bucket that is empty and this caller's alone. */
  fresh(more?: Partial<S3Options>): S3Options;
}

/** OpenStack Swift on loopback; or the S3 that the environment names. What the tests put there stays. */
export async function startS3(host: string): Promise<S3Peer> {
  const given = givenS3();
  const root = `trustsandbox-test/${randomUUID()}`;
  let count = 0;
  const fresh =
    (base: S3Options) =>
    (more: Partial<S3Options> = {}) => {
      count += 1;
      return { ...base, rootDirectory: `/${root}/${count}`, ...more };
    };
  if (given) return { fresh: fresh(given), [Symbol.asyncDispose]: async () => undefined };
  const workspace = await createWorkspace();
  let swift: Swift | undefined;
  const stop = async (): Promise<void> => {
    await swift?.[Symbol.asyncDispose]();
    await workspace[Symbol.asyncDispose]();
  };
  try {
    swift = await startSwift(workspace, host);
    const s3 = swift.s3('registry');
    await createBucket(s3);
    return { fresh: fresh(s3), [Symbol.asyncDispose]: stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function createBucket({ bucket, region, endpoint = '', accessKeyId = '', secretAccessKey = '' }: S3Options) {
  const credentials = { accessKeyId, secretAccessKey };
  const client = new S3Client({ region, endpoint, forcePathStyle: true, credentials });
  await client.send(new CreateBucketCommand({ Bucket: bucket }));
  client.destroy();
}
