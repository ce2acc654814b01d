import { describe, expect, test } from 'vitest';
import { formatScope, parseScope } from '../scope.ts';
import { type GrantRule, Grants } from './grants.ts';

const rule = (users: string, name: string, actions: string, type = 'repository'): GrantRule => ({
  users: users.split(','),
  type,
  name,
  actions: actions.split(','),
});
const grants = new Grants(
  [
    rule('anonymous', 'public/**', 'pull'),
    rule('*', 'shared/*', 'pull'),
    rule('*', 'home/{user}/**', '*'),
    rule('alice,bob', 'team/app-*', 'pull,push'),
    rule('alice', 'team/**/release', 'delete'),
    rule('admin', '**', '*'),
    rule('admin', 'catalog', '*', 'registry'),
  ],
  ['registry:5000'],
);

describe('what is granted of what is asked', () => {
  test.each([
    { user: undefined, asked: 'repository:public/a/b:pull,push', given: 'repository:public/a/b:pull' },
    { user: undefined, asked: 'repository:public:pull', given: '' },
    { user: undefined, asked: 'repository:publicity/a:pull', given: '' },
    { user: undefined, asked: 'repository:shared/a:pull', given: '' },
    { user: 'bob', asked: 'repository:public/a:pull', given: 'repository:public/a:pull' },
    { user: 'bob', asked: 'repository:shared/a:pull', given: 'repository:shared/a:pull' },
    { user: 'bob', asked: 'repository:shared/a/b:pull', given: '' },
    { user: 'bob', asked: 'repository:home/bob/x:pull,push,*', given: 'repository:home/bob/x:pull,push,*' },
    { user: 'bob', asked: 'repository:home/alice/x:pull', given: '' },
    { user: '**', asked: 'repository:home/alice/x:pull', given: '' },
    { user: 'bob', asked: 'repository:team/app-1:pull,push,delete', given: 'repository:team/app-1:pull,push' },
    { user: 'bob', asked: 'repository:team/app:pull', given: '' },
    { user: 'mallory', asked: 'repository:team/app-1:pull', given: '' },
    { user: 'alice', asked: 'repository:team/release:delete', given: 'repository:team/release:delete' },
    { user: 'alice', asked: 'repository:team/a/b/release:delete', given: 'repository:team/a/b/release:delete' },
    { user: 'alice', asked: 'repository:team/a/released:delete', given: '' },
    {
      user: 'bob',
      asked: 'repository:registry:5000/team/app-1:push',
      given: 'repository:registry:5000/team/app-1:push',
    },
    { user: 'bob', asked: 'repository:elsewhere:5000/team/app-1:push', given: '' },
    { user: 'admin', asked: 'repository:any:* registry:catalog:*', given: 'repository:any:* registry:catalog:*' },
    { user: 'bob', asked: 'registry:catalog:*', given: '' },
    { user: 'bob', asked: 'repository:shared/a:pull repository:x:pull', given: 'repository:shared/a:pull' },
  ])('to $user of $asked is $given', ({ user, asked, given }) => {
    expect(formatScope(grants.allowed(user, parseScope(asked)))).toBe(given);
  });

  test('takes no time to decide, however many segments there are', () => {
    const wide = new Grants([rule('*', `${'**/a/'.repeat(40)}b`, 'pull')]);
    const name = 'a/'.repeat(500);
    expect(wide.allowed('bob', [{ type: 'repository', name, actions: ['pull'] }])).toEqual([]);
  });
});

test.each(['', 'a b', 'a(b)', `a${'*'.repeat(600)}`])('%j is no pattern', (name) => {
  expect(() => new Grants([rule('*', name, 'pull')])).toThrow(expect.objectContaining({ code: 'GRANT_INVALID' }));
});
