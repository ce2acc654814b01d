import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { startOurRegistry } from './peers/our-registry.ts';
import { type Outcome, run } from './peers/run.ts';
import { createWorkspace } from './peers/workspace.ts';

/** A client of another family (containers/image): OCI manifests, other compressions, deletes. */
const ADDRESS = { host: '127.71.5.1', port: 5000 };
const at = (name: string): string => `docker://${ADDRESS.host}:${ADDRESS.port}/${name}`;
const ARCHIVE = `docker-archive:${join(import.meta.dirname, '../golden/recordings/images/trusttest.tar')}`;

describe('skopeo', async () => {
  test.each([
    { form: 'Docker manifest', args: ['--format', 'v2s2'] },
    { form: 'OCI manifest', args: ['--format', 'oci'] },
    { form: 'OCI manifest with zstd layers', args: ['--format', 'oci', '--dest-compress-format', 'zstd'] },
  ])('copies an image in, on and out as $form', async ({ args }) => {
    await using workspace = await createWorkspace();
    await using _ = await startOurRegistry(workspace.at('tree'), ADDRESS);
    const ok = async (...all: string[]): Promise<Outcome> => {
      const outcome = await skopeo(workspace.path, all);
      expect(outcome).toMatchObject({ status: 0, stderr: '' });
      return outcome;
    };
    await ok('copy', ...args, '--dest-compress', ARCHIVE, at('in/image:v1'));
    await ok('copy', at('in/image:v1'), at('on/image:v2'));
    await ok('copy', at('on/image:v2'), `dir:${workspace.at('out')}`);
    const [first, second] = [await ok('inspect', at('in/image:v1')), await ok('inspect', at('on/image:v2'))];
    expect(JSON.parse(second.stdout)).toMatchObject({ Digest: JSON.parse(first.stdout).Digest, RepoTags: ['v2'] });
    expect(JSON.parse((await ok('list-tags', at('in/image'))).stdout)).toMatchObject({ Tags: ['v1'] });

    await ok('delete', at('in/image:v1'));
    const gone = await skopeo(workspace.path, ['inspect', at('in/image:v1')]);
    expect([gone.status, gone.stderr]).toEqual([1, expect.stringContaining('manifest unknown')]);
    await ok('inspect', at('on/image:v2'));
  });
});

function skopeo(home: string, [command = '', ...args]: readonly string[]): Promise<Outcome> {
  const plain =
    command === 'copy' ? ['-q', '--src-tls-verify=false', '--dest-tls-verify=false'] : ['--tls-verify=false'];
  return run('skopeo', ['--insecure-policy', command, ...plain, ...args], { env: { HOME: home } });
}
