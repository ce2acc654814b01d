import { strToU8, zipSync } from 'fflate';
import { describe, expect, test } from 'vitest';
import { packContext, unpackContext } from './archive.ts';

const META = '{"Name":"one","Metadata":{},"Endpoints":{"docker":{"Host":"tcp://h:1"}}}';
const zip = (files: Readonly<Record<string, string>>): Uint8Array =>
  zipSync(Object.fromEntries(Object.entries(files).map(([name, text]) => [name, strToU8(text)])));

describe('a context', () => {
  test.each([
    ['tar', () => packContext({ value: JSON.parse(META) }, new Map([['ca.pem', 'C']]))],
    ['zip', async () => zip({ 'meta.json': META, 'tls/': '', 'tls/docker/': '', 'tls/docker/ca.pem': 'C' })],
  ])('is read from a %s archive', async (_, pack) => {
    expect(await unpackContext(await pack())).toEqual({ value: JSON.parse(META), tls: new Map([['ca.pem', 'C']]) });
  });

  test.each([
    ['has a file that no context has', zip({ 'meta.json': META, 'a/b': 'x' }), 'a/b: unexpected context file'],
    ['climbs out', zip({ '../meta.json': META }), '../meta.json: unexpected context file'],
    ['has no metadata', zip({ 'tls/docker/ca.pem': 'C' }), 'invalid context: no metadata found'],
    ['is cut off', zip({ 'meta.json': META }).subarray(0, 60), 'zip: not a valid zip file'],
    ['unpacks to more than is read', zip({ 'meta.json': ' '.repeat(11_000_000) }), 'read exceeds the defined limit'],
    ['lies about its size', lying(zip({ 'meta.json': ' '.repeat(1000) + META })), expect.stringMatching(/./)],
  ])('is not read from a zip that %s', async (_, archive, message) => {
    await expect(unpackContext(archive)).rejects.toMatchObject({ code: 'CLI_CONTEXT_ARCHIVE', message });
  });
});

/** With sizes that are too small for what is in it. */
function lying(archive: Uint8Array): Uint8Array {
  const bytes = Buffer.from(archive);
  const central = bytes.indexOf(Buffer.from('PK\x01\x02', 'latin1'));
  bytes.writeUInt32LE(10, central + 24);
  return bytes;
}
