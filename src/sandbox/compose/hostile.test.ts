import fc from 'fast-check';
import { expect, test } from 'vitest';
import { stringify } from 'yaml';
import { loadPlan } from './load-plan.ts';
import { ComposeFileError } from './tree.ts';

const KEYS = [
  ...['services', 'volumes', 'networks', 'name', 'version', 'x-a', '<<', '__proto__', 'constructor'],
  ...[
    'image',
    'environment',
    'env_file',
    'ports',
    'depends_on',
    'extends',
    'command',
    'profiles',
    'healthcheck',
    'r',
    'aliases',
  ],
  ...['service', 'file', 'type', 'source', 'target', 'condition', 'external', 'path'],
];
const texts = fc.constantFrom(
  'registry:2',
  'r',
  '5000',
  '1-70000:1',
  '${X:-${Y}}',
  '${',
  '$',
  'a:/b',
  './x:/y:ro',
  '',
  '../..',
  'service_healthy',
  '~',
);
const { tree } = fc.letrec((tie) => ({
  tree: fc.oneof(
    { maxDepth: 5 },
    texts,
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('tree'), { maxLength: 3 }),
    tie('map'),
  ),
  map: fc.dictionary(fc.constantFrom(...KEYS), tie('tree'), { maxKeys: 4 }),
}));

function load(text: string): unknown {
  try {
    return loadPlan({
      sources: [{ path: 'compose.yaml', text }],
      folder: '/home/me/trust',
      projectName: undefined,
      environment: new Map(),
      profiles: ['*'],
      readFile: () => 'A=1',
    });
  } catch (thrown) {
    return thrown;
  }
}

test('whatever a file holds, it is played or refused by line, and nothing else', () => {
  fc.assert(
    fc.property(tree, tree, (service, top) => {
      for (const value of [
        { services: { r: service } },
        { services: { r: { image: 'registry', ports: service, volumes: service, environment: service } } },
        top,
      ]) {
        const loaded = load(stringify(value)) as { plan?: object };
        if (!loaded.plan) expect(loaded).toBeInstanceOf(ComposeFileError);
      }
    }),
    { numRuns: 400 },
  );
});

test('any text at all is played or refused', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
      expect(load(text)).toBeInstanceOf(ComposeFileError);
    }),
  );
});
