import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

const results = process.env.TEST_RESULTS;

/** The tests against the real programs, which `test/interop/run.sh` installs first. One after the other: they share names. */
export default defineConfig({
  oxc: { target: 'node20' },
  test: {
    include: ['test/interop/**/*.test.ts'],
    globalSetup: 'test/build.ts',
    fileParallelism: false,
    testTimeout: 180_000,
    hookTimeout: 120_000,
    ...(results && { reporters: ['default', 'json'], outputFile: { json: join(results, 'interop.json') } }),
  },
});
