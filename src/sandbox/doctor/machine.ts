import { spawnSync } from 'node:child_process';
import { access, constants, mkdir, statfs } from 'node:fs/promises';
import { createServer } from 'node:net';
import { dirname } from 'node:path';
import { errorMessage } from '../../core/index.ts';
import { type Finding, ok, problem, warning } from '../../trust/index.ts';
import { findNamespaceFlags } from '../box.ts';
import type { ProjectPaths } from '../project.ts';
import { explainStartFailure } from '../start-failure.ts';

const MIN_NODE = [20, 19] as const;
const LITTLE_SPACE_BYTES = 200 * 1024 * 1024;
/** The ports of the page's services, on an address that no project has. */
const PROBES = [
  ['127.63.255.254', 5000],
  ['127.63.255.254', 4443],
] as const;

/** What this machine can do for sandboxes. Writes nothing but the folder of their state. */
export async function examineMachine(paths: ProjectPaths): Promise<readonly Finding[]> {
  return [
    examineNode(process.versions.node),
    ...(await examineHome(paths)),
    ...examineBoxes(),
    ...(await examineAddresses()),
  ];
}

function examineNode(version: string): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const isNew = major > MIN_NODE[0] || (major === MIN_NODE[0] && minor >= MIN_NODE[1]);
  return isNew
    ? ok('NODE', `Node ${version} is new enough.`)
    : problem('NODE', `Node ${version} is older than ${MIN_NODE.join('.')}.`, 'Install a newer one.');
}

async function examineHome(paths: ProjectPaths): Promise<Finding[]> {
  const home = dirname(paths.root);
  try {
    await mkdir(home, { recursive: true, mode: 0o700 });
    await access(home, constants.W_OK | constants.X_OK);
    const { bavail, bsize } = await statfs(home);
    const space = bavail * bsize;
    if (space < LITTLE_SPACE_BYTES) {
      const says = `There are ${Math.floor(space / 1024 / 1024)} MiB left where sandboxes keep their state, ${home}.`;
      return [warning('SPACE', says, 'Free some, or set TRUSTSANDBOX_HOME to a folder on another disk.')];
    }
    return [ok('HOME', `Sandboxes keep their state in ${home}.`)];
  } catch (thrown) {
    return [problem('HOME', 'Sandboxes can keep no state.', `${explainStartFailure(thrown, paths)}.`)];
  }
}

function examineBoxes(): Finding[] {
  if (process.platform !== 'linux') {
    return [
      warning(
        'BOXES',
        'Boxes are plain shells here: namespaces are a thing of Linux.',
        'Paths of the page differ; the shell says how.',
      ),
    ];
  }
  if (spawnSync('unshare', ['--version'], { stdio: 'ignore' }).status !== 0) {
    return [warning('BOXES', 'Boxes are plain shells here: there is no unshare.', 'Install util-linux.')];
  }
  if (!findNamespaceFlags()) {
    return [
      warning(
        'BOXES',
        'Boxes are plain shells here: this user may make no namespaces.',
        'sysctl kernel.unprivileged_userns_clone=1, or kernel.apparmor_restrict_unprivileged_userns=0, lets them; in a container, --security-opt seccomp=unconfined does.',
      ),
    ];
  }
  return [ok('BOXES', 'Boxes have namespaces of their own: the paths of the page are there.')];
}

/** On Linux all of 127/8 is there; a program that listens on all addresses may have the page's ports. */
async function examineAddresses(): Promise<Finding[]> {
  if (process.platform !== 'linux') return [ok('ADDRESSES', 'Services share 127.0.0.1, at ports that are free.')];
  const findings: Finding[] = [];
  for (const [host, port] of PROBES) {
    const failure = await tryListening(host, port);
    if (!failure) continue;
    const remedy =
      failure.code === 'EADDRINUSE'
        ? `Another program listens on port ${port} at all addresses: have it listen at one, or stop it.`
        : `Services need loopback addresses of their own (127.64.0.0/9): ${errorMessage(failure)}.`;
    findings.push(problem('ADDRESSES', `Port ${port} can't be had on loopback addresses.`, remedy));
  }
  return findings.length > 0 ? findings : [ok('ADDRESSES', 'Services get loopback addresses of their own.')];
}

function tryListening(host: string, port: number): Promise<NodeJS.ErrnoException | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', resolve);
    server.listen(port, host, () => server.close(() => resolve(undefined)));
  });
}
