import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type Log, silentLog } from '../../src/core/index.ts';
import { parseConfig, serveRegistry } from '../../src/registry/index.ts';

/** A registry as a configuration file has it, and a folder for its files. */
async function serve(settings: (folder: string) => string, log: Log = silentLog) {
  const folder = await mkdtemp(join(tmpdir(), 'served-'));
  const text = `version: 0.1\nstorage: { inmemory: {} }\n${settings(folder)}`;
  const { value } = parseConfig({ path: 'config.yml', text }, {}, folder);
  const served = await serveRegistry(value, { log, stateFolder: folder });
  return {
    folder,
    url: served.listener.url,
    async [Symbol.asyncDispose]() {
      await served[Symbol.asyncDispose]();
      await rm(folder, { recursive: true });
    },
  };
}

/** Repeats what is asked until the answer is the wanted one: timers of the server are its own. */
async function until<T>(ask: () => Promise<T>, isWanted: (answer: T) => boolean): Promise<T> {
  for (;;) {
    const answer = await ask();
    if (isWanted(answer)) return answer;
    await new Promise(setImmediate);
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

test('metrics and health are answered on a port of their own', async () => {
  const debug = `127.0.0.1:${await freePort()}`;
  await using registry = await serve(
    () => `http: { addr: '127.0.0.1:0', debug: { addr: '${debug}', prometheus: { enabled: true, path: /metrics } } }`,
  );
  await fetch(`${registry.url}/v2/`);
  await fetch(`${registry.url}/v2/nobody/manifests/latest`);
  const text = await (await fetch(`http://${debug}/metrics`)).text();
  expect(text).toContain('registry_http_requests_total{code="200",handler="/v2/",method="GET"} 1');
  expect(text).toContain(
    'registry_http_requests_total{code="404",handler="/v2/<name>/manifests/<reference>",method="GET"} 1',
  );
  expect((await fetch(`http://${debug}/debug/health`)).status).toBe(200);
  expect((await fetch(`${registry.url}/metrics`)).status).toBe(404);
});

test('a registry that is told it is ill answers 503 with the reason until it is well', async () => {
  await using registry = await serve(
    (folder) =>
      `http: { addr: '127.0.0.1:0' }\nhealth: { file: [{ file: '${folder}/out-of-service', interval: 5ms }] }`,
  );
  const ask = () => fetch(`${registry.url}/v2/`);
  expect((await ask()).status).toBe(200);
  const flag = join(registry.folder, 'out-of-service');
  await writeFile(flag, '');
  const ill = await until(ask, ({ status }) => status === 503);
  expect(await ill.json()).toEqual({
    errors: [{ code: 'UNAVAILABLE', message: 'service unavailable', detail: { [flag]: 'file exists' } }],
  });
  await rm(flag);
  await until(ask, ({ status }) => status === 200);
});

test('a pull-through cache asks with the credentials that a helper program gives', async () => {
  const seen: (string | undefined)[] = [];
  const origin = createServer((incoming, outgoing) => {
    seen.push(incoming.headers.authorization);
    if (incoming.headers.authorization)
      outgoing.writeHead(404, { 'content-type': 'application/json' }).end('{"errors":[{"code":"MANIFEST_UNKNOWN"}]}');
    else outgoing.writeHead(401, { 'www-authenticate': 'Basic realm="origin"' }).end();
  });
  await new Promise<void>((resolve) => origin.listen(0, '127.0.0.1', resolve));
  const { port } = origin.address() as AddressInfo;
  await using registry = await serve((folder) => {
    return `http: { addr: '127.0.0.1:0' }\nproxy: { remoteurl: 'http://127.0.0.1:${port}', exec: { command: '${folder}/helper', lifetime: 1h } }`;
  });
  const helper = join(registry.folder, 'helper');
  await writeFile(helper, `#!/bin/sh\ncat > ${registry.folder}/asked\necho '{"Username":"me","Secret":"hidden"}'\n`);
  await chmod(helper, 0o755);
  const answer = await fetch(`${registry.url}/v2/app/manifests/latest`);
  expect(answer.status).toBe(404);
  expect(seen).toContain(`Basic ${Buffer.from('me:hidden').toString('base64')}`);
  expect(await readFile(join(registry.folder, 'asked'), 'utf8')).toBe(`http://127.0.0.1:${port}`);
  origin.closeAllConnections();
  await new Promise((resolve) => origin.close(resolve));
});

test('requests are logged with the trace id of the caller', async () => {
  const lines: object[] = [];
  const log: Log = { ...silentLog, info: (event, fields) => void lines.push({ event, ...fields }) };
  await using registry = await serve(() => "http: { addr: '127.0.0.1:0' }", log);
  const trace = '4bf92f3577b34da6a3ce929d0e0e4736';
  await fetch(`${registry.url}/v2/`, { headers: { traceparent: `00-${trace}-00f067aa0ba902b7-01` } });
  expect(lines).toContainEqual(expect.objectContaining({ event: 'request', route: '/v2/', status: 200, trace }));
});
