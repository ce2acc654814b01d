import { afterAll, beforeAll } from 'vitest';
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
