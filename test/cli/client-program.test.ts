import { join } from 'node:path';
import { build } from 'esbuild';
import { expect, test } from 'vitest';
import { clientCommands, start } from '../../src/cli/client.ts';
import { trustsandboxProgram } from '../../src/cli/trustsandbox-program.ts';

test('what the client starts by itself is what the whole program has under that name', () => {
  expect(trustsandboxProgram.root.commands).toMatchObject(clientCommands);
});

test.each([['serve', 'registry'], ['up'], ['no-such-command'], ['--help'], []])(
  'leaves %s to the whole program',
  (...argv) => {
    expect(start('trustsandbox', argv)).toBe(false);
  },
);

test('the client is bundled without any of the servers', async () => {
  const { metafile } = await build({
    absWorkingDir: join(import.meta.dirname, '../..'),
    entryPoints: ['src/cli/client.ts'],
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    outdir: 'dist',
    write: false,
    metafile: true,
  });
  const servers = /^src\/(engine|http|notary|registry|sandbox|storage)\/index\.ts$/;
  expect(Object.keys(metafile.inputs).filter((file) => servers.test(file))).toEqual([]);
});
