import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Client, openTrustActors, type TrustActors } from './peers/trust-actors.ts';

/**
 * An Engine that keeps its images in containerd, as new installations of Docker do: a dockerd newer than bookworm's, which
 * `install-newer-peers.sh` brings, and real registry and trust server.
 */
const ENGINE = process.env.TRUSTSANDBOX_NEWER_ENGINE ?? '';
const isThere = existsSync(`${ENGINE}/usr/sbin/dockerd`);
const R = 'sandboxregistry:5000/test/store';

describe.skipIf(!isThere)(
  'on an Engine whose images are in containerd (else: TRUSTSANDBOX_NEWER_ENGINE names none)',
  () => {
    let actors: TrustActors;
    beforeAll(async () => {
      actors = await openTrustActors('notary-server', '127.71.60', { containerdStore: ENGINE });
    });
    afterAll(() => actors[Symbol.asyncDispose]());

    async function good(client: Client, who: string, words: string): Promise<string> {
      const { status, stdout, stderr } = await actors.run(client, who, words);
      expect(status, `${client} ${words}\n${stdout}${stderr}`).toBe(0);
      return stdout + stderr;
    }

    test('docker cannot sign what it pushed, since it is sent no record of it, and we can, by what the registry has', async () => {
      const { digest, size } = await actors.push(`${R}:v1`, 1);
      const theirs = await actors.run('docker', 'theirs', `push ${R}:v1`);
      expect(theirs).toMatchObject({ status: 1, stderr: expect.stringContaining('no hashes specified for target') });
      expect(await good('trustsandbox', 'ours', `push ${R}:v1`)).toContain(`Successfully signed ${R}:v1`);
      expect(await good('notary', 'reader', `list ${R}`)).toMatch(new RegExp(`^v1 +${digest} +${size} +targets$`, 'm'));
      expect(await good('docker', 'reader', `trust inspect --pretty ${R}`)).toContain(digest);
    });

    test('what was signed is pulled by docker and, strictly, by us, size compared', async () => {
      const { digest } = await actors.push(`${R}:v2`, 2);
      await good('trustsandbox', 'ours', `trust sign ${R}:v2`);
      for (const client of ['docker', 'trustsandbox'] as const) {
        expect(await good(client, 'reader', `pull ${R}:v2`)).toContain(`Pull (1 of 1): ${R}:v2@sha256:${digest}`);
      }
      const traced = await good('trustsandbox', 'reader', `pull --trace ${R}:v2`);
      expect(traced).toMatch(
        /^trace: passed v2, length gate: expected \d+ bytes, found \d+ bytes; TUF v1\.0\.34 §5\.7\.3$/m,
      );
    });

    test('a size that is not what was signed is refused before anything is pulled', async () => {
      const { digest, size } = await actors.push(`${R}:v3`, 1);
      await good('notary', 'ours', `addhash -p ${R} v3 ${size + 1} --sha256 ${digest}`);
      const ours = await actors.run('trustsandbox', 'reader', `pull ${R}:v3`);
      expect(ours).toMatchObject({
        status: 1,
        stderr: expect.stringContaining(`expected ${size + 1} bytes, found ${size} bytes (TUF_LENGTH_MISMATCH)`),
      });
      await good('docker', 'reader', `pull ${R}:v3`); // which does not look
    });
  },
);
