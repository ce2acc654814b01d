import { systemClock } from '../../src/core/index.ts';
import type { ServerTls } from '../../src/http/index.ts';
import { createCertificateAuthority, issueServerCertificate } from '../../src/pki/index.ts';
import { startPostgresql } from '../interop/peers/postgresql.ts';
import { createWorkspace } from '../interop/peers/workspace.ts';
import { duel } from './duel.ts';
import { load, loadNewConnections } from './load.ts';
import type { Bench } from './main.ts';
import { makeOriginalTables, NOTARIES, type NotaryStorage, startNotary } from './notaries.ts';
import { loadPublish, publishOne } from './publisher.ts';
import { HOSTS } from './servers.ts';
import { median, type Row } from './table.ts';

const MEMORY: NotaryStorage = { backend: 'memory' };
/** In each round, and how many of them a second of measuring is worth. */
const PUBLISHED_A_SECOND = 500;

/** Timestamps read, and targets published; over stores in memory first, then over the best durable store of each. */
export async function measureNotary(bench: Bench): Promise<Row[]> {
  const { folder, seconds } = bench;
  const { tls, ca } = makeCertificate();
  const publish = (what: string) =>
    [
      `publish of one new target, ${what}`,
      3,
      (server: Parameters<typeof loadPublish>[0], round: number) =>
        loadPublish(server, round, seconds * PUBLISHED_A_SECOND, ca),
    ] as const;
  const rows: Row[] = [];
  {
    await using ours = await startNotary(NOTARIES[0], MEMORY, tls, folder);
    await using peer = await startNotary(NOTARIES[1], MEMORY, tls, folder);
    const gun = 'bench.example/read';
    for (const server of [ours, peer]) await publishOne(server, gun, ca);
    const path = `/v2/${gun}/_trust/tuf/timestamp.json`;
    rows.push(
      ...(await duel([ours, peer], bench, [
        ['timestamp GET, keep-alive TLS', 4, (server) => load(server, path, seconds)],
        ['timestamp GET, a new TLS connection each', 4, (server) => loadNewConnections(server, path, seconds)],
        publish('memory'),
      ])),
    );
  }
  await using workspace = await createWorkspace();
  await using postgresql = await startPostgresql(workspace);
  const url = await postgresql.createDatabase('notaryserver');
  makeOriginalTables(url);
  const durable = { backend: 'sqlite3', db_url: `${folder}/notary.db` };
  await using ours = await startNotary(NOTARIES[0], durable, tls, folder);
  await using peer = await startNotary(NOTARIES[1], { backend: 'postgres', db_url: url }, tls, folder);
  rows.push(...(await duel([ours, peer], bench, [publish('SQLite to PostgreSQL')])));
  return rows;
}

/** From the start of the process to its first answer, over a database that is there already. */
export async function measureNotaryStart({ folder, rounds, say }: Bench): Promise<Row[]> {
  const { tls } = makeCertificate();
  const storage = { backend: 'sqlite3', db_url: `${folder}/start.db` };
  const times: number[] = [];
  for (let i = 0; i <= rounds * 4; i += 1) {
    await using server = await startNotary(NOTARIES[0], storage, tls, folder);
    if (i > 0) times.push(server.startMs);
  }
  say(`start: ${times.map((ms) => ms.toFixed()).join(', ')} ms`);
  const ours = median(times);
  return [
    { what: 'Notary: process start to first answer', unit: 'ms', ours, wanted: '<= 150', isReached: ours <= 150 },
  ];
}

function makeCertificate(): { readonly tls: ServerTls; readonly ca: string } {
  const ca = createCertificateAuthority({ name: 'bench', clock: systemClock });
  const names = { dnsNames: ['localhost'], ipAddresses: Object.values(HOSTS) };
  return { tls: issueServerCertificate({ ca, ...names, clock: systemClock }), ca: ca.cert };
}
