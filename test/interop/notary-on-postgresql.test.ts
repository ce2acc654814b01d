import { afterAll, beforeAll, test } from 'vitest';
import { expectToSurviveKills } from '../notary/kill.ts';
import { describeReplicas } from '../notary/replica.suite.ts';
import { describeMetadataStore } from '../notary/store.suite.ts';
import { type Postgresql, startPostgresql } from './peers/postgresql.ts';
import { createWorkspace, type Workspace } from './peers/workspace.ts';

let workspace: Workspace;
let postgresql: Postgresql;
let databases = 0;

beforeAll(async () => {
  workspace = await createWorkspace();
  postgresql = await startPostgresql(workspace);
});
afterAll(async () => {
  await postgresql?.[Symbol.asyncDispose]();
  await workspace?.[Symbol.asyncDispose]();
});

const locate = async (): Promise<string> => {
  databases += 1;
  return postgresql.createDatabase(`n${databases}`);
};

describeMetadataStore('a store in PostgreSQL', locate);
describeReplicas('two replicas over one PostgreSQL database', locate);

/** Each takes almost two seconds; `TRUSTSANDBOX_TEST_KILLS=200` where there is time. */
const KILLS = Number(process.env.TRUSTSANDBOX_TEST_KILLS ?? 10);

test(
  `${KILLS} servers over PostgreSQL killed in the middle of publishing have stored nothing by half`,
  async () => {
    await expectToSurviveKills(await locate(), KILLS);
  },
  60_000 + KILLS * 5_000,
);
