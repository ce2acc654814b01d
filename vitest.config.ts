import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

const results = process.env.TEST_RESULTS;

export default defineConfig({
  oxc: { target: 'node20' }, // `await using` needs lowering on Node 20
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    exclude: ['test/interop/**', 'node_modules/**'],
    globalSetup: 'test/build.ts',
    testTimeout: 20_000,
    unstubEnvs: true,
    ...(results && { reporters: ['default', 'json'], outputFile: { json: join(results, 'tests.json') } }),
  },
});
