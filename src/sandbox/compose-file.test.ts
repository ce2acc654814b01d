import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseComposeFile } from './compose-file.ts';

const page = readFileSync(join(import.meta.dirname, '../../docs/page/compose.yaml'), 'utf8');
const parse = (text: string) =>
  parseComposeFile(text, { file: 'compose.yaml', folder: '/home/me/trust', project: 'trust' });

describe('the compose file of the page', () => {
  const plan = parse(page);

  test('gives a Notary server, a registry and a client, in its order', () => {
    expect(plan.services.map(({ name, kind, containerName }) => ({ name, kind, containerName }))).toEqual([
      { name: 'notaryserver', kind: 'notary-server', containerName: 'trust-notaryserver-1' },
      { name: 'sandboxregistry', kind: 'registry', containerName: 'sandboxregistry' },
      { name: 'trustsandbox', kind: 'client', containerName: 'trustsandbox' },
    ]);
  });

  test('shares one volume between the Notary server and the client', () => {
    const source = { kind: 'volume', name: 'notarycerts' };
    expect(plan.volumes).toEqual(['notarycerts']);
    expect(plan.services[0]?.mounts).toEqual([{ source, target: '/var/lib/notary/fixtures', readOnly: false }]);
    expect(plan.services[2]?.mounts).toEqual([{ source, target: '/notarycerts', readOnly: false }]);
  });
});

describe('a compose file is refused', () => {
  test.each([
    {
      why: 'with an image the sandbox can not play, by service and line',
      text: 'services:\n  web:\n    image: nginx:1\n',
      message:
        "compose.yaml: line 3: service web: the sandbox can't play the image nginx:1; it can play registry (registry:2), notary-server (notary:server), client (docker:dind)",
    },
    {
      why: 'with a key the sandbox does not know, by line',
      text: 'services:\n  r:\n    image: registry:2\n    devices: [a]\n',
      message: 'compose.yaml: line 4: services.r.devices: this is not something the sandbox can play',
    },
    {
      why: 'with a volume that is not defined',
      text: 'services:\n  r:\n    image: registry:2\n    volumes: ["data:/var/lib/registry"]\n',
      message: 'compose.yaml: line 4: service r refers to undefined volume data',
    },
    { why: 'that is no YAML', text: 'services: [', message: expect.stringContaining('compose.yaml: ') },
    { why: 'without services', text: 'version: "2"\n', message: expect.stringContaining('services') },
  ])('$why', ({ text, message }) => {
    expect(() => parse(text)).toThrow(expect.objectContaining({ code: 'SANDBOX_COMPOSE_FILE', message }));
  });
});
