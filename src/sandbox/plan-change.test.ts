import { expect, test } from 'vitest';
import type { ComposePlan, ServicePlan } from './compose/plan.ts';
import { comparePlans } from './plan-change.ts';
import { openSlot } from './slot.ts';

const service = (name: string, image = 'registry:2'): ServicePlan => ({
  name,
  kind: 'registry',
  image,
  containerName: name,
  command: [],
  environment: {},
  labels: {},
  mounts: [],
  networks: [],
  aliases: {},
  ports: [],
  dependsOn: [],
});
const planOf = (...services: ServicePlan[]): ComposePlan => ({ services, volumes: [], networks: [] });
const slots = ['a', 'b', 'c'].map((name, place) =>
  openSlot({ plan: service(name), place, containerId: name, address: '', emit: () => undefined, random: () => 0 }),
);

test.each([
  ['the same plan keeps all', planOf(service('a'), service('b'), service('c')), {}, ['a', 'b', 'c'], [], []],
  [
    'a service that changed keeps its place',
    planOf(service('a'), service('b', 'registry:3'), service('c')),
    {},
    ['a', 'c'],
    ['b'],
    ['b1'],
  ],
  [
    'one that is gone leaves its place to a new one',
    planOf(service('a'), service('c'), service('x')),
    {},
    ['a', 'c'],
    ['b'],
    ['x1'],
  ],
  [
    'new ones go to places of their own',
    planOf(service('x'), service('a'), service('b'), service('c'), service('y')),
    {},
    ['a', 'b', 'c'],
    [],
    ['x3', 'y4'],
  ],
  [
    'one whose profile is off goes on',
    planOf(service('a'), service('b')),
    { disabled: ['c'] },
    ['a', 'b', 'c'],
    [],
    [],
  ],
  [
    'anew, none is kept but what is off',
    planOf(service('a'), service('b')),
    { disabled: ['c'], isAnew: true },
    ['c'],
    ['a', 'b'],
    ['a0', 'b1'],
  ],
])('%s', (_, plan, options, kept, ended, opened) => {
  const change = comparePlans(slots, plan, { disabled: [], isAnew: false, ...options });
  expect(change.kept.map(({ plan: { name } }) => name)).toEqual(kept);
  expect(change.ended.map(({ plan: { name } }) => name)).toEqual(ended);
  expect(change.opened.map(({ plan: { name }, place }) => `${name}${place}`)).toEqual(opened);
});
