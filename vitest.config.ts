import { defineConfig } from 'vitest/config';

export default defineConfig({
  oxc: { target: 'node20' }, // `await using` needs lowering on Node 20
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    exclude: ['test/interop/**', 'node_modules/**'],
    testTimeout: 20_000,
    unstubEnvs: true,
  },
});
