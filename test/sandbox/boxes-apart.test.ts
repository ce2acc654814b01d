import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type OwnSandbox, openOwnSandbox } from './own-sandbox.ts';

interface Told {
  readonly service: string;
  readonly kind: string;
  readonly facts: { readonly from?: string; readonly path?: string; readonly client?: string };
}

describe('boxes are told apart', () => {
  let sandbox: OwnSandbox;
  beforeAll(async () => {
    sandbox = await openOwnSandbox('apart');
    await copyFile(join(import.meta.dirname, 'compose-files/two-sides.yaml'), join(sandbox.folder, 'compose.yaml'));
    expect(await sandbox.run(['compose', 'up', '-d'])).toMatchObject({ status: 0 });
  });
  afterAll(() => sandbox[Symbol.asyncDispose]());

  const inBox = (service: string, script: string) =>
    sandbox.run(['compose', 'exec', '-T', service, 'sh', '-c', script]);
  const statusOf = async (service: string, url: string) =>
    (await inBox(service, `curl -s -o /dev/null -w '%{http_code}' ${url}`)).stdout;
  const eventsFrom = async (service: string): Promise<Told[]> => {
    const { stdout } = await sandbox.run(['sandbox', 'events', '--from', service, '--format', 'json']);
    return stdout.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line)]));
  };

  test('is entered by the name of its service, as by that of its container', async () => {
    expect(await sandbox.run(['up', '-d', '--wait'])).toMatchObject({ status: 0 });
    for (const name of ['bob', 'apart-bob-1']) {
      expect(await sandbox.run(['exec', name, 'hostname'])).toMatchObject({
        status: 0,
        stdout: expect.stringMatching(/\S/),
      });
    }
    expect(await sandbox.run(['exec', 'carol', 'true'])).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('No such container: carol\nThese run: '),
    });
  });

  test('a fault meets the box it is for, whatever program asks there, and no other', async () => {
    expect(await sandbox.run(['fault', 'set', 'trust', 'status=503', 'from=al*'])).toMatchObject({ status: 0 });
    expect(await statusOf('alice', 'https://trust:4443/v2/')).toBe('503');
    expect(await statusOf('bob', 'https://trust:4443/v2/')).toBe('200');
    const plain = `printf 'GET /v2/ HTTP/1.0\\r\\n\\r\\n' | openssl s_client -quiet -connect trust:4443 2>/dev/null | head -1`;
    expect((await inBox('alice', plain)).stdout).toContain(' 503 ');
    expect((await inBox('bob', plain)).stdout).toContain(' 200 ');
    expect((await sandbox.run(['fault', 'list'])).stdout).toContain('status=503 from=al*');
    await sandbox.run(['fault', 'clear']);
    expect(await statusOf('alice', 'https://trust:4443/v2/')).toBe('200');
  });

  test('what a client’s Engine asks of a registry is from that client', async () => {
    await sandbox.run(['fault', 'set', '--add', 'hub-east', 'status=403', 'from=alice', 'method=POST']);
    const push =
      'docker pull -q docker/trusttest && docker tag docker/trusttest hub:5000/a:1 && docker push hub:5000/a:1';
    expect(await inBox('alice', push)).toMatchObject({ status: 1 });
    await sandbox.run(['fault', 'clear']);
    expect(await inBox('alice', push)).toMatchObject({ status: 0 });
    const told = await eventsFrom('alice');
    expect(new Set(told.map(({ facts }) => facts.from))).toEqual(new Set(['alice']));
    expect(new Set(told.map(({ service }) => service))).toEqual(new Set(['hub-east', 'trust']));
    expect(new Set(told.map(({ kind }) => kind))).toEqual(new Set(['request', 'fault', 'push']));
    expect(await eventsFrom('hub-west')).toEqual([]);
  });

  test('what comes from the host is from no box', async () => {
    const { stdout } = await sandbox.run(['env']);
    const url = /DOCKER_CONTENT_TRUST_SERVER='(.+?)'/.exec(stdout)?.[1];
    await sandbox.run(['fault', 'set', 'trust', 'status=503', 'from=*']);
    const { stdout: status } = await inBox('alice', `curl -sk -o /dev/null -w '%{http_code}' ${url}/v2/`); // by the host's address
    expect(status).toBe('200');
    await sandbox.run(['fault', 'clear']);
  });

  test('a fault from a service that is not there is refused', async () => {
    expect(await sandbox.run(['fault', 'set', 'trust', 'status=503', 'from=alcie'])).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('no such service: alcie; there are trust, hub-east, hub-west, alice, bob'),
    });
  });

  test('a service that was stopped and started is found at the same doors', async () => {
    const hosts = (await inBox('alice', 'cat /etc/hosts')).stdout;
    expect(await sandbox.run(['compose', 'restart', 'trust'])).toMatchObject({ status: 0 });
    expect((await inBox('alice', 'cat /etc/hosts')).stdout).toBe(hosts);
    expect(await statusOf('alice', 'https://trust:4443/v2/')).toBe('200');
  });
});
