import { writeFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { type Bench, openBench, pushImage } from './peers/registry-client.ts';

const cosignSignature = 'application/vnd.dev.sigstore.bundle.v0.3+json';
const notationSignature = 'application/vnd.cncf.notary.signature';

async function listReferrers({ listener }: Bench, name: string, digest: string): Promise<string[]> {
  const answer = await fetch(`${listener.url}/v2/${name}/referrers/${digest}`);
  const { manifests } = JSON.parse(await answer.text());
  return manifests.map(({ artifactType }: { artifactType: string }) => artifactType);
}

describe('cosign signs and verifies an image, its signature kept', () => {
  test.each([
    {
      where: 'under a tag',
      bundle: ['--new-bundle-format=false'],
      referrers: [],
      tags: /^sha256-[0-9a-f]{64}\.sig\nv1$/,
    },
    { where: 'as a referrer', bundle: [], referrers: [cosignSignature], tags: /^v1$/ },
  ])('$where', async ({ bundle, referrers, tags }) => {
    await using bench = await openBench('127.71.6.3');
    const digest = await pushImage(bench, 'signed/image:v1');
    const image = `${bench.at('signed/image')}@${digest}`;
    const insecure = ['--allow-insecure-registry', '--allow-http-registry'];
    await bench.ok('cosign', 'generate-key-pair');
    const offline = ['--use-signing-config=false', '--tlog-upload=false', '-y'];
    await bench.ok('cosign', 'sign', '--key', 'cosign.key', ...insecure, ...offline, ...bundle, image);
    const verify = ['verify', '--key', 'cosign.pub', ...insecure, '--insecure-ignore-tlog', '--private-infrastructure'];
    expect(await bench.ok('cosign', ...verify, ...bundle, image)).toContain(digest);
    expect(await listReferrers(bench, 'signed/image', digest)).toEqual(referrers);
    expect(await bench.ok('crane', 'ls', '--insecure', bench.at('signed/image'))).toMatch(tags);

    const other = await pushImage(bench, 'unsigned/image:v1');
    const unsigned = await bench.run('cosign', ...verify, ...bundle, `${bench.at('unsigned/image')}@${other}`);
    expect(unsigned.status).not.toBe(0);
  });
});

describe('notation signs, lists and verifies an image, its signature kept', () => {
  test.each([
    { where: 'as a referrer', options: ['--force-referrers-tag=false'], tags: /^v1$/ },
    { where: 'under a tag', options: ['--force-referrers-tag=true'], tags: /^sha256-[0-9a-f]{64}\nv1$/ },
  ])('$where', async ({ options, tags }) => {
    await using bench = await openBench('127.71.6.4');
    const digest = await pushImage(bench, 'signed/image:v1');
    const image = `${bench.at('signed/image')}@${digest}`;
    await bench.ok('notation', 'cert', 'generate-test', '--default', 'test.example');
    const policy = {
      version: '1.0',
      trustPolicies: [
        {
          name: 'all',
          registryScopes: ['*'],
          signatureVerification: { level: 'strict' },
          trustStores: ['ca:test.example'],
          trustedIdentities: ['*'],
        },
      ],
    };
    await writeFile(bench.workspace.at('policy.json'), JSON.stringify(policy));
    await bench.ok('notation', 'policy', 'import', 'policy.json');
    const unsigned = await bench.run('notation', 'verify', '--insecure-registry', image);
    expect(unsigned.status).not.toBe(0);
    await bench.ok('notation', 'sign', '--insecure-registry', ...options, image);
    expect(await bench.ok('notation', 'ls', '--insecure-registry', image)).toContain(notationSignature);
    expect(await bench.ok('notation', 'verify', '--insecure-registry', image)).toContain('Successfully verified');
    expect(await listReferrers(bench, 'signed/image', digest)).toEqual([notationSignature]);
    expect(await bench.ok('crane', 'ls', '--insecure', bench.at('signed/image'))).toMatch(tags);
  });
});
