import { expect, test } from 'vitest';
import { IMAGE_ARCHIVE, openBench } from './peers/registry-client.ts';

/** A client of another family (go-containerregistry). */
test('crane pushes, lists, copies by mounting, checks, tags and deletes images', async () => {
  await using bench = await openBench('127.71.6.1');
  const crane = (command: string, ...args: readonly string[]): Promise<string> =>
    bench.ok('crane', command, '--insecure', ...args);
  const [first, second] = [bench.at('crane/app:v1'), bench.at('crane/copy:v2')];

  const pushed = await crane('push', IMAGE_ARCHIVE, first);
  const digest = await crane('digest', first);
  expect(pushed).toContain(digest);
  const copying = await bench.run('crane', 'copy', '--insecure', first, second);
  expect([copying.status, copying.stderr.match(/mounted blob/g)?.length]).toEqual([0, 3]);
  expect(await crane('digest', second)).toBe(digest);
  await crane('validate', '--remote', second);
  await crane('pull', second, bench.workspace.at('out.tar'));
  await crane('validate', '--tarball', bench.workspace.at('out.tar'));

  await crane('tag', first, 'extra');
  expect(await crane('ls', bench.at('crane/app'))).toBe('extra\nv1');
  expect(await crane('catalog', bench.at('').slice(0, -1))).toBe('crane/app\ncrane/copy');
  await crane('delete', bench.at('crane/app:extra'));
  expect(await crane('ls', bench.at('crane/app'))).toBe('v1');
  await crane('delete', `${bench.at('crane/copy')}@${digest}`);
  expect((await bench.run('crane', 'digest', '--insecure', second)).stderr).toContain('404');
  await crane('validate', '--remote', first);
});

test('crane joins images to an index and takes it apart', async () => {
  await using bench = await openBench('127.71.6.1');
  const crane = (command: string, ...args: readonly string[]): Promise<string> =>
    bench.ok('crane', command, '--insecure', ...args);
  await crane('push', IMAGE_ARCHIVE, bench.at('crane/app:v1'));
  await crane('index', 'append', '-m', bench.at('crane/app:v1'), '-t', bench.at('crane/index:v1'));
  const { manifests } = JSON.parse(await crane('manifest', bench.at('crane/index:v1')));
  expect(manifests).toMatchObject([{ digest: await crane('digest', bench.at('crane/app:v1')) }]);
  await crane('validate', '--remote', bench.at('crane/index:v1'));
});
