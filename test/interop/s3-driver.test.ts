import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { describeStorageDriver } from '../../src/storage/driver.suite.ts';
import { openS3Driver, parseStorageKey, readObject, type S3Driver, type S3Options } from '../../src/storage/index.ts';
import { type S3Peer, startS3 } from './peers/s3.ts';

const MIB = 1024 * 1024;
const key = parseStorageKey('docker/registry/v2/repositories/a/_uploads/1/data');

let s3: S3Peer;
const opened: S3Driver[] = [];
beforeAll(async () => {
  s3 = await startS3('127.71.9.1');
});
afterAll(async () => {
  await Promise.all(opened.map((driver) => driver[Symbol.asyncDispose]()));
  await s3?.[Symbol.asyncDispose]();
});
const open = async (options: S3Options): Promise<S3Driver> => {
  const driver = await openS3Driver(options);
  opened.push(driver);
  return driver;
};

describeStorageDriver('S3', () => open(s3.fresh()), 5);

async function append(driver: S3Driver, offset: number, bytes: Uint8Array): Promise<void> {
  const writer = await driver.append(key, offset);
  writer.end(bytes);
  await once(writer, 'finish');
}

describe('an upload over S3', () => {
  test.each([
    { name: 'smaller than a part, in small pieces', pieces: [1, 1000, 0, 70_000, 3] },
    { name: 'that grows past a part', pieces: [4 * MIB, 2 * MIB, 10, 6 * MIB] },
    { name: 'of parts with short pieces between', pieces: [6 * MIB, 1, 5 * MIB, 5 * MIB, 123, 0, 12 * MIB] },
    { name: 'of exactly a part', pieces: [5 * MIB, 5 * MIB] },
  ])('$name is whole, whichever process appends the next', async ({ pieces }) => {
    const options = s3.fresh();
    const replicas = [await open(options), await open(options)] as const;
    const content = randomBytes(pieces.reduce((sum, piece) => sum + piece, 0));
    let offset = 0;
    for (const [i, piece] of pieces.entries()) {
      const driver = replicas[i % 2 === 0 ? 0 : 1];
      expect((await driver.appended(key))?.size).toBe(i === 0 ? undefined : offset);
      await append(driver, offset, content.subarray(offset, offset + piece));
      offset += piece;
    }
    const to = parseStorageKey('docker/registry/v2/blobs/sha256/aa/aa/data');
    const version = (await replicas[1].appended(key))?.version ?? '';
    await replicas[0].move(key, to, { version });
    expect((await readObject(replicas[1], to, content.byteLength)).equals(content)).toBe(true);
    expect(await replicas[1].appended(key)).toBeUndefined();
  });

  test('is cut at any offset, and goes on from there', async () => {
    const driver = await open(s3.fresh());
    const content = randomBytes(13 * MIB);
    await append(driver, 0, content);
    for (const offset of [12 * MIB + 5, 6 * MIB, 1000]) {
      await append(driver, offset, content.subarray(offset, offset + 7));
      expect(await driver.appended(key)).toMatchObject({ size: offset + 7 });
    }
    await driver.seal(key);
    expect((await readObject(driver, key, 2000)).equals(content.subarray(0, 1007))).toBe(true);
  });

  test('is copied in parts when it is large', async () => {
    const driver = await open(s3.fresh({ multipartCopyThreshold: 6 * MIB, multipartCopyChunkSize: 5 * MIB }));
    const content = randomBytes(23 * MIB);
    await driver.write(key, [content.subarray(0, 11 * MIB), content.subarray(11 * MIB)]);
    const to = parseStorageKey('blobs/data');
    await driver.move(key, to);
    expect((await readObject(driver, to, 23 * MIB)).equals(content)).toBe(true);
  });
});

test('what a crash left of a copy or a write is reaped, when nothing was added to it since', async () => {
  const driver = await open(s3.fresh());
  await append(driver, 0, randomBytes(6 * MIB));
  await driver.reap?.(new Date(Date.now() - 60_000));
  expect(await driver.appended(key)).toMatchObject({ size: 6 * MIB });
  await driver.reap?.(new Date(Date.now() + 60_000));
  expect(await driver.appended(key)).toMatchObject({ size: 0 }); // as it was when the upload began
});

describe('opening a bucket', () => {
  test.each([
    { why: 'the secret is wrong', more: { secretAccessKey: 'guess' }, message: /secret key is wrong/ },
    { why: 'the key is not known', more: { accessKeyId: 'test:nobody' }, message: /access S3|access to S3 bucket/ },
  ])('is refused when $why, without telling the secret', async ({ more, message }) => {
    const refused = openS3Driver(s3.fresh(more));
    await expect(refused).rejects.toMatchObject({ code: 'S3_ACCESS_DENIED', message: expect.stringMatching(message) });
    await expect(refused).rejects.not.toMatchObject({ message: expect.stringContaining('guess') });
  });

  test.each([
    { why: 'there is no such bucket', more: { bucket: 'nosuch-bucket' }, message: /no such bucket/ },
    { why: 'nobody answers', more: { endpoint: 'http://127.71.9.1:9' }, message: /ECONNREFUSED/ },
  ])('fails when $why', async ({ more, message }) => {
    await expect(openS3Driver(s3.fresh(more))).rejects.toMatchObject({
      code: 'S3_REQUEST_FAILED',
      message: expect.stringMatching(message),
    });
  });
});

test('a URL made by redirect gives the object to whoever has it, whole and in ranges', async () => {
  const driver = await open(s3.fresh());
  await driver.write(key, [Buffer.from('0123456789')]);
  const url = (await driver.redirect?.(key)) ?? '';
  expect(await (await fetch(url)).text()).toBe('0123456789');
  const part = await fetch(url, { headers: { range: 'bytes=2-4' } });
  expect([part.status, await part.text()]).toEqual([206, '234']);
  const forged = await fetch(url.replace('1/data', '2/data'));
  expect(forged.status).toBe(403);
});
