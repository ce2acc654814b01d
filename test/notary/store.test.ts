import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { describeReplicas } from './replica.suite.ts';
import { describeMetadataStore } from './store.suite.ts';

const folder = mkdtempSync(join(tmpdir(), 'notary-store-'));
afterAll(() => rmSync(folder, { recursive: true }));
let files = 0;
const locate = async () => {
  files += 1;
  return join(folder, `${files}.db`);
};

describeMetadataStore('a store in memory', async () => ':memory:');
describeMetadataStore('a store in a SQLite file', locate);
describeReplicas('two servers over a SQLite file', locate);
