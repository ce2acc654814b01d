import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { playUpdates } from './play-updates.ts';
import { type RunningServer, startServer } from './running-server.ts';
import { UPDATE_CASES } from './update-cases.ts';

let server: RunningServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server[Symbol.asyncDispose]());

describe('updates are answered as notary-server 0.7 answers them:', () => {
  test.each(UPDATE_CASES.map((one, index) => ({ one, why: one.why, gun: `example.com/case${index}` })))(
    '$why',
    async ({ one, gun }) => {
      expect(await playUpdates(server, gun, one)).toEqual(one.answers);
    },
  );
});
