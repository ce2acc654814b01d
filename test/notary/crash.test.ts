import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'vitest';
import { expectToSurviveKills } from './kill.ts';

/** More where there is time: `TRUSTSANDBOX_TEST_KILLS=1000`. */
const KILLS = Number(process.env.TRUSTSANDBOX_TEST_KILLS ?? 5);

test(
  `${KILLS} servers killed in the middle of publishing have lost nothing they confirmed, and stored nothing by half`,
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'notary-crash-'));
    await expectToSurviveKills(join(folder, 'notary.db'), KILLS);
    rmSync(folder, { recursive: true });
  },
  60_000 + KILLS * 5_000,
);
