import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { Log, LogFields } from '../../src/core/index.ts';
import type { RequestSummary } from '../../src/http/index.ts';
import { startServer } from './running-server.ts';

test('each request is one line of the log, with its operation, and is told to who observes', async () => {
  const lines: LogFields[] = [];
  const told: RequestSummary[] = [];
  const nothing = (): void => undefined;
  const info = (event: string, fields: LogFields = {}): void => void lines.push({ event, ...fields });
  const log: Log = { debug: nothing, info, warn: nothing, error: nothing };
  await using server = await startServer({ log, observe: (summary) => void told.push(summary) });
  const trace = '4bf92f3577b34da6a3ce929d0e0e4736';
  const address = '127.0.0.1';
  const headers = { traceparent: `00-${trace}-00f067aa0ba902b7-01` };
  const { length } = await (await fetch(`${server.url}/v2/a/b/_trust/tuf/root.json`, { headers })).text();
  await fetch(`${server.url}/nowhere`);
  while (told.length < 2) await setImmediate();
  expect(lines.filter(({ event }) => event === 'request')).toMatchObject([
    {
      method: 'GET',
      route: 'GetRole',
      path: '/v2/a/b/_trust/tuf/root.json',
      address,
      trace,
      status: 404,
      bytes: length,
    },
    {
      method: 'GET',
      route: '*',
      path: '/nowhere',
      address,
      status: 404,
      trace: expect.stringMatching(/^[0-9a-f]{32}$/),
    },
  ]);
  expect(told.map(({ route, status }) => [route, status])).toEqual([
    ['GetRole', 404],
    ['*', 404],
  ]);
});
