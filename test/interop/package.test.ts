import { execFile, execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
const BIN = join(ROOT, 'node_modules', '.bin');
const run = promisify(execFile);

let folder: string;

/** The package as npm would publish it, in an empty project whose other packages are ours. */
beforeAll(async () => {
  if (!existsSync(join(ROOT, 'dist/types/testing/index.d.ts')))
    execFileSync('npm', ['run', 'build'], { cwd: ROOT, stdio: 'ignore' });
  await mkdir(join(ROOT, '.cache'), { recursive: true });
  folder = await mkdtemp(join(ROOT, '.cache', 'package-'));
  const { stdout } = await run('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', folder], {
    cwd: ROOT,
  });
  const [{ filename }] = JSON.parse(stdout) as [{ filename: string }];
  await mkdir(join(folder, 'node_modules', 'trustsandbox'), { recursive: true });
  await run('tar', [
    'xzf',
    join(folder, filename),
    '-C',
    join(folder, 'node_modules', 'trustsandbox'),
    '--strip-components=1',
  ]);
  await writeFile(join(folder, 'package.json'), '{ "private": true, "type": "module" }\n');
}, 180_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Writes the example whose first line names it, as `docs/testing.md` has it. */
async function writeExample(name: string): Promise<void> {
  const page = await readFile(join(ROOT, 'docs/testing.md'), 'utf8');
  const found = [...page.matchAll(/```(?:ts|js)\n([\s\S]*?)```/g)].map(([, code = '']) => code);
  await writeFile(join(folder, name), found.find((code) => code.startsWith(`// ${name}\n`)) ?? 'no such example');
}

describe('the package, installed', () => {
  test.each([
    ['NodeNext', 'NodeNext'],
    ['ESNext', 'Bundler'],
  ])(
    'is typed for modules of %s, resolved by %s',
    async (module, moduleResolution) => {
      await writeFile(
        join(folder, 'typed.ts'),
        `import { image, startSandbox, type TestSandbox } from 'trustsandbox';
import { createNotaryServer } from 'trustsandbox/notary';
import { createRegistry, type Registry } from 'trustsandbox/registry';
import { openRegistryClient } from 'trustsandbox/registry/client';
import { TrustRepository } from 'trustsandbox/trust';
import { type Gun, parseGun } from 'trustsandbox/tuf';
const sandbox: TestSandbox = await startSandbox({ services: ['sandboxregistry'] });
const { reference } = await sandbox.sign('a:1', await image());
export const status: number = (await sandbox.docker('pull', reference, { trust: true })).status;
export const gun: Gun = parseGun('a');
// @ts-expect-error a number is no word
await sandbox.docker(1);
export { createNotaryServer, createRegistry, openRegistryClient, type Registry, TrustRepository };
`,
      );
      const flags = [
        '--strict',
        '--noEmit',
        '--skipLibCheck',
        '--target',
        'ES2022',
        '--lib',
        'ES2023,ESNext.Disposable',
        '--types',
        'node',
      ];
      await run(
        join(BIN, 'tsc'),
        ['--ignoreConfig', ...flags, '--module', module, '--moduleResolution', moduleResolution, 'typed.ts'],
        { cwd: folder },
      );
    },
    60_000,
  );

  test('is used from plain JavaScript, each of its parts', async () => {
    await writeFile(
      join(folder, 'plain.js'),
      `import { startSandbox } from 'trustsandbox';
import { createNotaryServer } from 'trustsandbox/notary';
import { createRegistry } from 'trustsandbox/registry';
import { openRegistryClient } from 'trustsandbox/registry/client';
import { TrustRepository } from 'trustsandbox/trust';
import { parseGun } from 'trustsandbox/tuf';
const sandbox = await startSandbox();
console.log(sandbox.record.services.length, [createNotaryServer, createRegistry, openRegistryClient, TrustRepository, parseGun].map((part) => typeof part).join());
await sandbox[Symbol.asyncDispose]();
`,
    );
    const { stdout } = await run(process.execPath, ['plain.js'], { cwd: folder });
    expect(stdout).toBe('3 function,function,function,function,function\n');
  });

  test('brings its program', async () => {
    const { stdout } = await run(process.execPath, [
      join(folder, 'node_modules/trustsandbox/bin/trustsandbox.cjs'),
      '--version',
    ]);
    expect(stdout).toMatch(/^trustsandbox version \d/);
  });

  test('has a shape that publint has nothing to say about', async () => {
    const { publint } = await import('publint');
    const { messages } = await publint({
      pkgDir: join(folder, 'node_modules/trustsandbox'),
      strict: true,
      pack: false,
    });
    expect(messages).toEqual([]);
  });
});

describe('the examples of docs/testing.md', () => {
  test('run with node:test', async () => {
    await writeExample('trust.test.mjs');
    const { stdout } = await run(process.execPath, ['--test', '--test-reporter=tap', 'trust.test.mjs'], {
      cwd: folder,
    });
    expect(stdout).toContain('# fail 0');
  });

  test('run with Vitest', async () => {
    await writeExample('trust.test.ts');
    await writeFile(join(folder, 'vitest.config.mjs'), 'export default {};\n');
    const { stdout } = await run(join(BIN, 'vitest'), ['run', 'trust.test.ts'], {
      cwd: folder,
      env: { ...process.env, NO_COLOR: '1' },
    });
    expect(stdout).toMatch(/Tests +3 passed/);
  }, 60_000);

  test('run with Jest, where npm can install it', async ({ skip }) => {
    await writeExample('trust.jest.test.mjs');
    const jest = join(folder, 'jest');
    await mkdir(jest);
    await writeFile(
      join(jest, 'package.json'),
      '{ "private": true, "type": "module", "jest": { "testMatch": ["**/*.jest.test.mjs"], "transform": {} } }\n',
    );
    const install = await run('npm', ['install', '--no-audit', '--no-fund', 'jest@30'], { cwd: jest }).catch(
      () => undefined,
    );
    if (!install) return skip('npm can not install jest here');
    await cp(join(folder, 'node_modules/trustsandbox'), join(jest, 'node_modules/trustsandbox'), { recursive: true });
    await cp(join(folder, 'trust.jest.test.mjs'), join(jest, 'trust.jest.test.mjs'));
    const args = ['--experimental-vm-modules', join(jest, 'node_modules/jest/bin/jest.js')];
    const { stderr } = await run(process.execPath, args, { cwd: jest });
    expect(stderr).toMatch(/Tests: +1 passed/);
  }, 180_000);
});
