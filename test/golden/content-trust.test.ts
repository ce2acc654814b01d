import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { isOurs, lookAlike, performAlike } from './replay.ts';
import { readTranscript } from './transcript.ts';
import { setTrustStage } from './trust-stage.ts';

describe('docker 28 prints the same as we do, byte for byte, in', () => {
  test.each([
    { recording: '01-page-tty', what: 'the page in a terminal' },
    { recording: '02-page-notty', what: 'the page without a terminal' },
    { recording: '03-tags-digests', what: 'several tags' },
  ])('$what', async ({ recording }) => {
    await using stage = await setTrustStage(recording);
    for (const invocation of readTranscript(`${recording}.txt`).filter(isOurs)) await performAlike(stage, invocation);
  });

  test('what another machine without keys may do', async () => {
    await using stage = await setTrustStage('09-other-machine-without-keys');
    const image = 'sandboxregistry:5000/test/trusttest:latest';
    await stage.sign(
      join(stage.home, 'other'),
      image,
      `sha256:b351cc620547e39743bda780447222eba66d7cbfd398c28a274532161832c6bb`,
    );
    for (const invocation of readTranscript('09-other-machine-without-keys.txt')) {
      await (isOurs(invocation) ? performAlike : lookAlike)(stage, invocation);
    }
  });

  test('passphrases given wrongly, and a trust server that does not answer or answers wrongly', async () => {
    await using stage = await setTrustStage('10-errors-passphrase-server');
    const statuses = [undefined, 500, 502, 503, 401, 403, 404];
    for (const invocation of readTranscript('10-errors-passphrase-server.txt')) {
      const { command, environment, input } = invocation;
      const server = environment.DOCKER_CONTENT_TRUST_SERVER ?? '';
      const isElsewhere = server.endsWith(':4451');
      if (command.includes('rm -rf .docker/trust')) await lookAlike(stage, invocation);
      if (!isOurs({ ...invocation, command: command.replace(' | tail -1', '') })) continue;
      if (server.endsWith('/') && server.length > 'https:///'.length) continue; // a slash at the end does no harm here
      if (isElsewhere && command.startsWith('docker pull') && command.endsWith('/err:latest'))
        stage.answerElsewhere(statuses.shift());
      if (!isElsewhere && statuses.length === 0) await stage.forget();
      // Of four lines that are piped in docker uses two, and is then left without; here all four would serve.
      const piped = input === '' ? {} : { input: 'sandbox-passphrase\nsandbox-passphrase\n' };
      await performAlike(stage, { ...invocation, ...piped });
    }
    expect(statuses).toEqual([]);
  });

  test('what a build is from: docker puts the digest into its Dockerfile, and trust resolve prints it', async () => {
    await using stage = await setTrustStage('17-build-with-trust');
    const [signed, unsigned, , build, refused] = readTranscript('17-build-with-trust.txt');
    if (!signed || !unsigned || !build || !refused)
      throw new Error('the recording begins with two pushes and two builds');
    await stage.sign(
      stage.home,
      'sandboxregistry:5000/test/bld:latest',
      `sha256:b351cc620547e39743bda780447222eba66d7cbfd398c28a274532161832c6bb`,
    );
    for (const push of [signed, unsigned]) await performAlike(stage, push);
    const resolve = (tag: string) =>
      stage.perform({ ...build, command: `docker trust resolve sandboxregistry:5000/test/bld:${tag}` });
    const from = /FROM (\S+)/.exec(build.stdout)?.[1];
    expect(await resolve('latest')).toMatchObject({ stdout: `${from}\n`, stderr: '' });
    const reason = /No valid trust data for \S+\n$/.exec(refused.stderr)?.[0];
    expect(await resolve('v2')).toMatchObject({ stdout: '', stderr: `sandboxregistry:5000/test/bld:v2: ${reason}` });
  });

  test('signing in two places', async () => {
    await using stage = await setTrustStage('18-signing-in-two-places');
    await stage.sign(
      stage.home,
      'sandboxregistry:5000/test/two:latest',
      `sha256:b351cc620547e39743bda780447222eba66d7cbfd398c28a274532161832c6bb`,
    );
    await cp(join(stage.home, '.docker/trust/private'), join(stage.home, 'two/.docker/trust/private'), {
      recursive: true,
    });
    for (const invocation of readTranscript('18-signing-in-two-places.txt')) {
      const command = invocation.command.replace(/^HOME=\S+ /, '');
      const elsewhere = command === invocation.command ? {} : { HOME: join(stage.home, 'two') };
      const moved = { ...invocation, command, environment: { ...invocation.environment, ...elsewhere } };
      if (isOurs(moved)) await performAlike(stage, moved);
      if (command.startsWith('curl')) {
        const { version } = JSON.parse(await stage.published('sandboxregistry:5000/test/two', 'targets')).signed;
        expect(`"version":${version}}\n`).toBe(invocation.stdout);
      }
    }
    const [, both] = readTranscript('18-signing-in-two-places.txt').slice(-2);
    const [here, there] = (both?.command ?? '').split(' & ').map((part) => /docker push [^ ]+/.exec(part)?.[0] ?? '');
    const { environment = {} } = both ?? {};
    const at = (command: string, HOME: string) =>
      stage.perform({ command, environment: { ...environment, HOME }, input: '', terminal: '' });
    const ends = await Promise.all([at(here ?? '', stage.home), at(there ?? '', join(stage.home, 'two'))]);
    expect(ends.map(({ stdout }) => `${stdout.split('\n').at(-2)}\n`).join('')).toBe(both?.stdout);
  });
});

/** What docker 28 does not do is done here: `docs/differences.md`. */
describe('docker 28 prints the same as we do where somebody is hostile, in', () => {
  test('pulls of an image whose manifest was exchanged or changed in the registry', async () => {
    await using stage = await setTrustStage('12-tampered-manifest');
    const played = readTranscript('12-tampered-manifest.txt').filter(isOurs);
    expect(played).toHaveLength(8);
    for (const invocation of played) await performAlike(stage, invocation);
  });

  test('a trust server that gives out again what it has replaced', async () => {
    await using stage = await setTrustStage('14-hostile-trust-server-rollback');
    const played = readTranscript('14-hostile-trust-server-rollback.txt');
    expect(played).toHaveLength(9);
    for (const invocation of played) {
      const bare = invocation.command.replace('rm -rf .docker/trust/tuf; ', '');
      if (bare !== invocation.command) await rm(join(stage.home, '.docker/trust/tuf'), { recursive: true });
      await performAlike(stage, { ...invocation, command: bare });
      if (invocation === played[0]) await stage.remember('sandboxregistry:5000/test/roll');
    }
  });
});
