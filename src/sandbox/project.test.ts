import { describe, expect, test } from 'vitest';
import { projectPaths, sandboxHome } from './project.ts';
import { parseProjectName, projectNameOf } from './project-name.ts';

test.each([
  ['/home/me/Trust Sandbox', 'trustsandbox'],
  ['/home/me/_my.page', 'mypage'],
  ['/', 'default'],
])('a folder %s gives the project %s, as compose names it', (folder, name) => {
  expect(projectNameOf(folder)).toBe(name);
});

test.each(['', '../x', 'A', '-a', 'a/b', 'a'.repeat(65)])('the name %j can not be a project', (name) => {
  expect(() => parseProjectName(name)).toThrow(expect.objectContaining({ code: 'SANDBOX_PROJECT_NAME' }));
});

test('state lies where TRUSTSANDBOX_HOME says, else where XDG says, else under the home', () => {
  expect(sandboxHome({ TRUSTSANDBOX_HOME: '/a' })).toBe('/a');
  expect(sandboxHome({ XDG_STATE_HOME: '/x', HOME: '/h' })).toBe('/x/trustsandbox');
  expect(sandboxHome({ HOME: '/h' })).toBe('/h/.local/state/trustsandbox');
});

describe('sockets', () => {
  const project = parseProjectName('page');

  test('lie in the project', () => {
    expect(projectPaths('/home/me', project).controlSocket).toBe('/home/me/page/control.sock');
  });

  test('lie elsewhere when the path is too long for the kernel, and differ by project', () => {
    const home = `/${'deep/'.repeat(30)}`;
    const paths = projectPaths(home, project);
    const other = projectPaths(home, parseProjectName('other'));
    expect(Buffer.byteLength(paths.socket('trustsandbox', 'docker.sock'))).toBeLessThan(104);
    expect(paths.controlSocket).not.toBe(other.controlSocket);
  });
});
