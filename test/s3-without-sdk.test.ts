import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { expect, test } from 'vitest';

test('opening an S3 store without the AWS SDK says how to install it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'no-sdk-')); // where no node_modules is above
  try {
    const outfile = join(folder, 'driver.mjs');
    const entry = join(import.meta.dirname, '../src/storage/s3/s3-driver.ts');
    await build({
      entryPoints: [entry],
      outfile,
      bundle: true,
      platform: 'node',
      format: 'esm',
      target: 'node20',
      external: ['@aws-sdk/*'],
    });
    const script = `
      import { openS3Driver } from ${JSON.stringify(outfile)};
      await openS3Driver({ bucket: 'b', region: 'r' }).catch(({ code, message }) => process.stdout.write(code + ' ' + message));`;
    const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
      cwd: folder,
      encoding: 'utf8',
    });
    expect(stdout).toMatch(/^S3_SDK_MISSING .*npm install @aws-sdk\/client-s3/);
  } finally {
    await rm(folder, { recursive: true });
  }
});
