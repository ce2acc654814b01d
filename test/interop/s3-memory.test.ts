import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { expect, test } from 'vitest';
import { bundleServer, startServerProcess } from '../registry/crash/server-process.ts';
import { askPort } from '../registry/running-registry.ts';
import { startS3 } from './peers/s3.ts';
import { createWorkspace } from './peers/workspace.ts';

const MIB = 1024 * 1024;
const UPLOADS = 16;
/** More only takes longer: a server that kept what passes would be over the limit many times. */
const UPLOAD_BYTES = Number(process.env.TRUSTSANDBOX_TEST_UPLOAD_BYTES ?? 64 * MIB);
const MOST_MEMORY = 150 * MIB;

test(`a registry over S3 needs less than 150 MiB while ${UPLOADS} uploads run at once`, async () => {
  await using workspace = await createWorkspace();
  await using s3 = await startS3('127.71.9.5');
  const program = await bundleServer(workspace.path, join(import.meta.dirname, 'peers/served-s3-registry.ts'));
  await using server = await startServerProcess(program, [JSON.stringify(s3.fresh())]);
  await Promise.all(Array.from({ length: UPLOADS }, () => upload(server.port)));
  const status = await readFile(`/proc/${server.child.pid}/status`, 'utf8');
  const peak = Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) * 1024;
  expect(peak).toBeGreaterThan(20 * MIB);
  expect(peak / MIB).toBeLessThan(MOST_MEMORY / MIB);
}, 1_200_000);

async function upload(port: number): Promise<void> {
  const started = await askPort(port, 'POST', '/v2/r/x/blobs/uploads/');
  const path = new URL(started.headers.location ?? '').pathname;
  const asking = request({ host: '127.0.0.1', port, method: 'PATCH', path, agent: false });
  const answered = new Promise<number>((resolve, reject) => {
    asking.on('response', (response) => resolve(response.resume().statusCode ?? 0)).on('error', reject);
  });
  const chunk = randomBytes(MIB);
  const chunks = Readable.from(Array.from({ length: UPLOAD_BYTES / MIB }, () => chunk));
  await pipeline(chunks, asking);
  expect(await answered).toBe(202);
}
