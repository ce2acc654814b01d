import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadPlan } from './load-plan.ts';

const page = readFileSync(join(import.meta.dirname, '../../../docs/page/compose.yaml'), 'utf8');

interface Given {
  readonly files?: Readonly<Record<string, string>>;
  readonly environment?: Readonly<Record<string, string>>;
  readonly profiles?: readonly string[];
  readonly services?: readonly string[];
}

/** The first text is compose.yaml, the others are laid over it. */
function load(
  texts: string | readonly string[],
  { files = {}, environment = {}, profiles = [], services = [] }: Given = {},
) {
  const sources = [texts]
    .flat()
    .map((text, index) => ({ path: index === 0 ? 'compose.yaml' : `over${index}.yaml`, text }));
  return loadPlan({
    sources,
    folder: '/home/me/trust',
    projectName: undefined,
    environment: new Map(Object.entries(environment)),
    profiles,
    services,
    readFile(path) {
      const text = files[path];
      if (text === undefined) throw Object.assign(new Error(path), { code: 'ENOENT' });
      return text;
    },
  });
}

const service = (more: string): string => `services:\n  r:\n    image: registry:2\n${more}`;
const first = (...args: Parameters<typeof load>) => load(...args).plan.services[0];

describe('the compose file of the page', () => {
  const { plan } = load(page);

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

  test('gives the client the command of the page, word by word', () => {
    expect(plan.services[2]?.command.slice(0, 2)).toEqual(['sh', '-c']);
    expect(plan.services[2]?.command[2]).toContain('dockerd-entrypoint.sh --insecure-registry sandboxregistry:5000');
  });
});

describe('a service', () => {
  test.each([
    ['a list', '    environment: [A=1, B=, C, D=x=y]\n'],
    ['a mapping', '    environment: { A: 1, B: "", C: , D: x=y }\n'],
  ])('has the variables of %s; those without a value are the caller’s', (_, text) => {
    const expected = { A: '1', B: '', C: 'c', D: 'x=y' };
    expect(first(service(text), { environment: { C: 'c' } })?.environment).toEqual(expected);
    expect(first(service(text))?.environment).toEqual({ A: '1', B: '', D: 'x=y' });
  });

  test('has the variables of its env files, the last of which wins, below its own', () => {
    const text = service('    env_file: [a.env, { path: no.env, required: false }, b.env]\n    environment: [A=own]\n');
    const files = { '/home/me/trust/a.env': 'A=a\nB=a\nC=a', '/home/me/trust/b.env': 'B=$X' };
    expect(first(text, { files, environment: { X: 'x' } })?.environment).toEqual({ A: 'own', B: 'x', C: 'a' });
    const unset = text.replace('[A=own]', '[A=own, C]');
    expect(first(unset, { files, environment: { X: 'x' } })?.environment).toEqual({ A: 'own', B: 'x' });
  });

  test.each([
    ['data:/d', { source: { kind: 'volume', name: 'data' }, target: '/d', readOnly: false }],
    ['data:/d:ro', { source: { kind: 'volume', name: 'data' }, target: '/d', readOnly: true }],
    ['./here:/d', { source: { kind: 'bind', path: '/home/me/trust/here' }, target: '/d', readOnly: false }],
    ['../up:/d:ro,z', { source: { kind: 'bind', path: '/home/me/up' }, target: '/d', readOnly: true }],
    ['/abs:/d/', { source: { kind: 'bind', path: '/abs' }, target: '/d', readOnly: false }],
    ['/alone', { source: { kind: 'own', name: expect.any(String) }, target: '/alone', readOnly: false }],
    [
      '{ type: bind, source: ., target: /d }',
      { source: { kind: 'bind', path: '/home/me/trust' }, target: '/d', readOnly: false },
    ],
    [
      '{ type: volume, source: data, target: /d, read_only: "${RO:-true}" }',
      { source: { kind: 'volume', name: 'data' }, target: '/d', readOnly: true },
    ],
  ])('mounts %s', (volume, mount) => {
    const text = `${service(`    volumes:\n      - ${volume}\n`)}volumes: { data: }\n`;
    expect(first(text)?.mounts).toEqual([mount]);
  });

  test.each([
    ['5000', [{ host: '127.0.0.1', published: [], target: 5000 }]],
    ['"8080:5000"', [{ host: '127.0.0.1', published: [8080], target: 5000 }]],
    ['"127.0.0.5:8080:5000"', [{ host: '127.0.0.5', published: [8080], target: 5000 }]],
    ['"0.0.0.0:8080:5000/tcp"', [{ host: '127.0.0.1', published: [8080], target: 5000 }]],
    ['"127.0.0.1::5000"', [{ host: '127.0.0.1', published: [], target: 5000 }]],
    ['"8080-8082:5000"', [{ host: '127.0.0.1', published: [8080, 8081, 8082], target: 5000 }]],
    [
      '"80-81:5000-5001"',
      [
        { host: '127.0.0.1', published: [80], target: 5000 },
        { host: '127.0.0.1', published: [81], target: 5001 },
      ],
    ],
    ['{ target: 5000, published: "8080" }', [{ host: '127.0.0.1', published: [8080], target: 5000 }]],
  ])('publishes %s, on loopback', (port, ports) => {
    expect(first(service(`    ports:\n      - ${port}\n`))?.ports).toEqual(ports);
  });

  test('is in the default network unless it says otherwise', () => {
    expect(first(service(''))?.networks).toEqual(['default']);
    const text = `${service('    networks: { inner: { aliases: [hub] } }\n')}networks: { inner: }\n`;
    expect(first(text)).toMatchObject({ networks: ['inner'], aliases: { inner: ['hub'] } });
  });

  test('takes over what it extends, from its own file and from another', () => {
    const text =
      'services:\n  base:\n    image: registry:2\n    environment: [A=1, B=1]\n  r:\n    extends: base\n    environment: [B=2]\n';
    expect(load(text).plan.services[1]?.environment).toEqual({ A: '1', B: '2' });
    const other = 'services:\n  r:\n    extends: { file: sub/base.yaml, service: base }\n';
    const files = {
      '/home/me/trust/sub/base.yaml': 'services:\n  base:\n    image: registry:2\n    volumes: [./d:/d]\n',
    };
    expect(first(other, { files })?.mounts[0]?.source).toEqual({ kind: 'bind', path: '/home/me/trust/sub/d' });
  });

  test('takes anchors, merge keys and extension fields', () => {
    const text =
      'x-common: &common\n  image: registry:2\n  environment: &env { A: "1" }\nservices:\n  r:\n    <<: *common\n    x-note: mine\n    environment: { <<: *env, B: "2" }\n';
    expect(first(text)).toMatchObject({ image: 'registry:2', environment: { A: '1', B: '2' } });
  });
});

describe('of several files the later', () => {
  const base = `${service(
    '    command: [a, b]\n    environment: [A=1, B=1]\n    volumes: [data:/d, data:/e]\n    ports: ["1:5000"]\n',
  )}volumes: { data: }\n`;

  test.each([
    ['replaces a text', '    image: registry:3\n', { image: 'registry:3' }],
    ['replaces a command whole', '    command: [c]\n', { command: ['c'] }],
    [
      'merges variables, whichever way they are written',
      '    environment: { B: "2", C: "3" }\n',
      { environment: { A: '1', B: '2', C: '3' } },
    ],
    ['appends ports', '    ports: ["2:5000"]\n', { ports: [{ published: [1] }, { published: [2] }] }],
    [
      'replaces a volume with the same target',
      '    volumes: [/x:/e]\n',
      { mounts: [{ target: '/d' }, { target: '/e', source: { path: '/x' } }] },
    ],
    ['takes a value away with !reset', '    ports: !reset []\n', { ports: [] }],
    ['puts its own in place with !override', '    ports: !override ["9:5000"]\n', { ports: [{ published: [9] }] }],
  ])('%s', (_, over, expected) => {
    expect(first([base, `services:\n  r:\n${over}`])).toMatchObject(expected);
  });

  test('adds services', () => {
    expect(load([base, 'services:\n  c:\n    image: docker:dind\n']).plan.services.map(({ name }) => name)).toEqual([
      'r',
      'c',
    ]);
  });
});

describe('profiles', () => {
  const text = 'services:\n  r: { image: "registry:2" }\n  m: { image: "registry:2", profiles: [mirror] }\n';
  test.each([
    ['none', {}, ['r']],
    ['that of a service', { profiles: ['mirror'] }, ['r', 'm']],
    ['all', { profiles: ['*'] }, ['r', 'm']],
    ['that of a service asked for by name', { services: ['m'] }, ['r', 'm']],
  ])('%s', (_, given, names) => {
    expect(load(text, given).plan.services.map(({ name }) => name)).toEqual(names);
  });
});

test.each([
  ['its folder', '', 'trust'],
  ['name', 'name: mine\n', 'mine'],
  ['name, by a variable', 'name: ${N:-other}\n', 'other'],
])('a project is named by %s', (_, line, name) => {
  expect(load(`${line}${service('')}`).model.name).toBe(name);
});

const CAN_PLAY =
  'it can play registry (registry:2), notary-server (notary:server), notary-signer (notary:signer), client (docker:dind)';

describe('a compose file is refused', () => {
  test.each([
    [
      'with an image the sandbox can not play',
      'services:\n  web:\n    image: nginx:1\n',
      `compose.yaml: line 3: service web: the sandbox can't play the image nginx:1; ${CAN_PLAY}`,
    ],
    [
      'with an attribute the sandbox can not play',
      service('    build: .\n'),
      expect.stringContaining("compose.yaml: line 4: service r: the sandbox can't play build; it can play image, "),
    ],
    [
      'with an attribute that there is not',
      service('    imagine: x\n'),
      "compose.yaml: line 4: service r: additional properties 'imagine' not allowed",
    ],
    [
      'with a volume that is not defined',
      service('    volumes: ["data:/d"]\n'),
      'compose.yaml: line 4: service "r" refers to undefined volume data: invalid compose project',
    ],
    [
      'with a network that is not defined',
      service('    networks:\n      - inner\n'),
      'compose.yaml: line 5: service "r" refers to undefined network inner: invalid compose project',
    ],
    [
      'with a dependency that is not there',
      service('    depends_on: [db]\n'),
      'compose.yaml: line 4: service "r" depends on undefined service "db": invalid compose project',
    ],
    [
      'with services that wait for each other',
      'services:\n  a: { image: registry, depends_on: [b] }\n  b: { image: registry, depends_on: [a] }\n',
      'compose.yaml: line 2: dependency cycle detected: a -> b -> a',
    ],
    [
      'that extends itself',
      'services:\n  r:\n    image: registry\n    extends: r\n',
      expect.stringContaining('compose.yaml: line 4: service r extends itself'),
    ],
    [
      'with a port that is none',
      service('    ports:\n      - x\n'),
      expect.stringContaining('compose.yaml: line 5: invalid port "x"'),
    ],
    [
      'with a port twice',
      'services:\n  a: { image: registry, ports: ["1:1"] }\n  b: { image: registry, ports: ["1:1"] }\n',
      'compose.yaml: line 3: service b: port 127.0.0.1:1 is published by service a too',
    ],
    [
      'with a container name twice',
      'services:\n  a: { image: registry, container_name: x }\n  b: { image: registry, container_name: x }\n',
      'compose.yaml: line 3: container name "x" is already in use by service a',
    ],
    [
      'with a required variable that is missing',
      service('    hostname: ${H:?say who}\n'),
      'compose.yaml: line 4: required variable H is missing a value: say who',
    ],
    [
      'with an env file that is missing',
      service('    env_file: no.env\n'),
      'compose.yaml: line 4: env file /home/me/trust/no.env not found: ENOENT',
    ],
    [
      'with a condition nothing here meets',
      service('    depends_on: { r2: { condition: service_completed_successfully } }\n  r2: { image: registry }\n'),
      expect.stringContaining('no service of the sandbox completes'),
    ],
    ['that is no YAML', 'services: [', expect.stringContaining('compose.yaml: line ')],
    [
      'whose anchors grow without end',
      `${'abcdefgh'
        .split('')
        .map((a, i, all) => `${a}: &${a} [${i === 0 ? 'x' : `${`*${all[i - 1]},`.repeat(9)}`}]`)
        .join('\n')}\n`,
      expect.stringContaining('too large'),
    ],
    ['without services', 'version: "2"\n', expect.stringContaining('no service selected')],
  ])('%s, by file and line', (_, text, message) => {
    expect(() => load(text)).toThrow(expect.objectContaining({ code: 'SANDBOX_COMPOSE_FILE', message }));
  });

  test('with everything that is wrong, at once', () => {
    expect(() => load(service('    build: .\n    imagine: x\n'))).toThrow(
      expect.objectContaining({ problems: [{}, {}].map(() => expect.anything()) }),
    );
  });
});
