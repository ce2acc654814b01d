import { copyFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type NormalOutput, normalTerminal } from '../golden/normal-output.ts';
import { readTranscript } from '../golden/transcript.ts';
import { openOwnSandbox, PLAYERS } from './own-sandbox.ts';
import { Terminal } from './terminal.ts';

const PAGE = join(import.meta.dirname, '../../docs/page/compose.yaml');
const REPOSITORY = 'sandboxregistry:5000/test/trusttest';
const PASSPHRASE = 'a long passphrase, typed';
const CLIENT_PROMPT = /\/ # $/;
const REGISTRY_PROMPT = /root@[0-9a-f]{12}:\S*# $/;

const recorded = readTranscript('01-page-tty.txt');

/** The recorded command's output, the `occurrence`th time it was called. */
function recordedOutput(command: string, occurrence = 0) {
  const found = recorded.filter((invocation) => invocation.command === command)[occurrence];
  if (!found) throw new Error(`not recorded: ${command}`);
  return normalTerminal(found.terminal || found.stdout);
}

describe.each(PLAYERS)('the page, typed in terminals as %s', (as) => {
  test('is what the real docker 28 showed', { timeout: 120_000 }, async () => {
    await using sandbox = await openOwnSandbox('page', as);
    const { folder, env, program, user } = sandbox;
    await copyFile(PAGE, join(folder, 'compose.yaml'));
    const open = (...args: string[]) =>
      new Terminal(process.execPath, [program, ...args], { cwd: folder, env, columns: 240, ...(user && { user }) });

    expect(await sandbox.run(['compose', 'up', '-d'])).toMatchObject({ status: 0 });

    using client = open('container', 'exec', '-it', 'trustsandbox', 'sh');
    await client.until(CLIENT_PROMPT);
    const call = async (command: string, ...typed: string[]): Promise<string> => {
      client.type(`${command}\r`);
      await client.until(/\r\n/); // the terminal's echo of the command
      let output = '';
      for (const passphrase of typed) {
        output += await client.until(/passphrase for [^\r\n]*: /);
        client.type(`${passphrase}\r`);
      }
      output += await client.until(CLIENT_PROMPT, 60_000);
      return output.replace(CLIENT_PROMPT, '');
    };
    const status = async (): Promise<number> => Number(await call('echo $?'));

    await call('docker pull docker/trusttest');
    expect(await status()).toBe(0);
    expect(await call(`docker tag docker/trusttest ${REPOSITORY}:latest`)).toBe('');
    await call('export DOCKER_CONTENT_TRUST=1');
    await call('export DOCKER_CONTENT_TRUST_SERVER=https://notaryserver:4443');

    const pull = `docker pull ${REPOSITORY}`;
    const push = `docker push ${REPOSITORY}:latest`;
    expect(normalTerminal(await call(pull))).toEqual(recordedOutput(pull, 0));
    expect(await status()).toBe(1);

    const signed = await call(push, PASSPHRASE, PASSPHRASE, PASSPHRASE, PASSPHRASE);
    expect(signed).not.toContain(PASSPHRASE);
    expect(normalTerminal(signed)).toEqual(recordedOutput(push, 0));
    expect(await status()).toBe(0);

    expect(normalTerminal(await call(pull))).toEqual(recordedOutput(pull, 1));
    expect(withoutPulledDigest(normalTerminal(await call('docker image ls --digests')))).toEqual(
      recordedOutput('docker image ls --digests'),
    );
    expect(normalTerminal(await call(push, PASSPHRASE))).toEqual(recordedOutput(push, 1));

    using registry = open('container', 'exec', '-it', 'sandboxregistry', 'bash');
    await registry.until(REGISTRY_PROMPT);
    const inRegistry = async (command: string): Promise<string> => {
      registry.type(`${command}\r`);
      await registry.until(/\r\n/);
      return (await registry.until(REGISTRY_PROMPT)).replace(REGISTRY_PROMPT, '');
    };
    const root = '/var/lib/registry/docker/registry/v2';
    const layers =
      (await inRegistry(`ls ${root}/repositories/test/trusttest/_layers/sha256 | cat`)).match(/[0-9a-f]{64}/g) ?? [];
    const images = await call('docker image ls --no-trunc');
    const imageId = /sha256:([0-9a-f]{64})/.exec(images)?.[1] ?? '';
    expect(layers).toHaveLength(3);
    expect(layers).toContain(imageId);
    const layer = layers.find((hex) => hex !== imageId) ?? '';
    const data = `${root}/blobs/sha256/${layer.slice(0, 2)}/${layer}`;
    const host = join(
      env.TRUSTSANDBOX_HOME ?? '',
      'page/services/sandboxregistry/registry',
      data.replace('/var/lib/registry/', ''),
      'data',
    );
    const intact = await readFile(host);
    await inRegistry(`cd ${data}`);
    await inRegistry('echo "Malicious data" > data');
    expect(await readFile(host, 'utf8')).toBe('Malicious data\n');

    const list = 'docker image ls | grep trusttest';
    expect(normalTerminal(await call(list))).toEqual(recordedOutput(list));
    expect(withoutPulledDigest(normalTerminal(await call(`docker image rm -f ${imageId.slice(0, 12)}`)))).toEqual(
      recordedOutput('docker image rm -f 066f08fc7b25'),
    );
    expect(linesOf(await call(pull))).toEqual(recordedLines(2));
    expect(await status()).toBe(1);

    // The registry restarted knows no size any more, and serves what is there.
    expect(await sandbox.run(['compose', 'restart', 'sandboxregistry'])).toMatchObject({ status: 0 });
    expect(linesOf(await call(pull))).toEqual(recordedLines(3));
    expect(await status()).toBe(1);

    // Restored, the pull works again.
    await inRegistry(`echo '${intact.toString('base64')}' | base64 -d > data`);
    expect(normalTerminal(await call(pull))).toEqual(recordedOutput(pull, 4));
    expect(await status()).toBe(0);

    registry.type('exit\r');
    expect(await registry.exit).toBe(0);
    client.type('exit 3\r');
    expect(await client.exit).toBe(3);
    expect(await sandbox.run(['compose', 'down', '-v'])).toMatchObject({ status: 0 });
  });
});

/** What a refused pull said: all its lines; layers stop where timing has it. */
function linesOf(text: string) {
  return normalTerminal(text).lines;
}

function recordedLines(occurrence: number) {
  return recordedOutput(`docker pull ${REPOSITORY}`, occurrence).lines;
}

/** The recordings loaded docker/trusttest from an archive; here it was pulled, so it has a digest as well. */
function withoutPulledDigest({ lines, layers }: NormalOutput): NormalOutput {
  const kept = lines.filter((line) => line !== 'Untagged: docker/trusttest@sha256:DIGEST');
  return { lines: kept.map((line) => line.replace(/^(docker\/trusttest .*)sha256:DIGEST/, '$1<none>')), layers };
}
