import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/core/index.ts';
import { createCertificateAuthority, issueServerCertificate } from '../../src/pki/index.ts';
import { playUpdates } from '../notary/play-updates.ts';
import { UPDATE_CASES } from '../notary/update-cases.ts';
import { type NotaryServer, startNotaryServer } from './peers/notary-server.ts';
import { createWorkspace, type Workspace } from './peers/workspace.ts';

/*
 * The cases that our server is tested with, sent to the real one: what it answers is what the cases say. An update that one of
 * them takes and the other refuses would be a hole in one of them.
 */
const ca = createCertificateAuthority({ clock: systemClock });
const tls = issueServerCertificate({ ca, dnsNames: ['localhost'], ipAddresses: ['127.0.0.1'], clock: systemClock });
let workspace: Workspace;
let server: NotaryServer;

beforeAll(async () => {
  workspace = await createWorkspace();
  server = await startNotaryServer(workspace, { host: '127.0.0.1', port: 24_443 }, { ...tls, ca: ca.cert });
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await workspace[Symbol.asyncDispose]();
});

describe('the real notary-server answers as ours does to', () => {
  test.each(UPDATE_CASES.map((one, index) => ({ one, why: one.why, gun: `example.com/case${index}` })))(
    '$why',
    async ({ one, gun }) => {
      expect(await playUpdates({ url: server.url, ca: ca.cert }, gun, one)).toEqual(one.answers);
    },
  );
});
