import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { request } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { createApp } from './app.ts';
import { readBody } from './body.ts';
import { listen } from './listen.ts';

const echo = createApp().post('/v2/:name{.+}/echo', async (c) => {
  const body = await readBody(c.env.incoming, 16);
  return c.text(`${c.req.param('name')} ${body}`);
});

test('an app answers on a free port until it is disposed of', async () => {
  let url = '';
  {
    await using listener = await listen(echo, { kind: 'tcp', host: '127.0.0.1', port: 0 });
    url = `${listener.url}/v2/a/b/echo`;
    expect(await (await fetch(url, { method: 'POST', body: 'hello' })).text()).toBe('a/b hello');
  }
  await expect(fetch(url, { method: 'POST' })).rejects.toThrow();
});

test('a client that has closed its side is answered all the same', async () => {
  await using listener = await listen(echo, { kind: 'tcp', host: '127.0.0.1', port: 0 });
  const port = listener.address.kind === 'tcp' ? listener.address.port : 0;
  const answer = await new Promise<string>((resolve, reject) => {
    let text = '';
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
    socket.on('end', () => resolve(text)).on('error', reject);
    socket.end('POST /v2/a/echo HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi');
  });
  expect(answer).toMatch(/^HTTP\/1\.1 200 [\s\S]*a hi$/);
});

test('an app answers on a unix socket', async () => {
  const socketPath = join(tmpdir(), `listen-${process.pid}.sock`);
  await using _ = await listen(echo, { kind: 'unix', path: socketPath });
  const text = await new Promise((resolve) => {
    request({ socketPath, path: '/v2/x/echo', method: 'POST' }, async (response) =>
      resolve(String(await readBody(response, 100))),
    ).end('hi');
  });
  expect(text).toBe('x hi');
});

test('a body over the limit is refused, announced or not', async () => {
  const chunked = Readable.from([Buffer.alloc(10), Buffer.alloc(10)]);
  await expect(readBody(chunked, 16)).rejects.toMatchObject({ code: 'BODY_TOO_LARGE', limit: 16 });
  const announced = Object.assign(Readable.from([]), { headers: { 'content-length': '17' } });
  await expect(readBody(announced, 16)).rejects.toMatchObject({ code: 'BODY_TOO_LARGE' });
});

test('a socket that nobody listens on any more is taken over, one that somebody does is not', async () => {
  const path = join(tmpdir(), `abandoned-${process.pid}.sock`);
  const address = { kind: 'unix', path } as const;
  const script = `require('node:net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`;
  spawnSync(process.execPath, ['-e', script]);
  expect(existsSync(path)).toBe(true);
  await using _ = await listen(echo, address);
  await expect(listen(echo, address)).rejects.toMatchObject({ code: 'EADDRINUSE' });
});
