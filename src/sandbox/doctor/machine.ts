import { spawnSync } from 'node:child_process';
import { connect, createServer } from 'node:net';
import { errorMessage } from '../../core/index.ts';
import { type Finding, ok, problem, warning } from '../../trust/index.ts';
import { findNamespaceFlags } from '../box.ts';
import type { ProjectPaths } from '../project.ts';
import { examineHome } from './home.ts';

const MIN_NODE = [20, 19] as const;
const PATIENCE_MS = 3000;
/** The ports of the page's services, on an address that no project has. */
const PROBES = [
  ['127.63.255.254', 5000],
  ['127.63.255.254', 4443],
] as const;

/** What this machine can do for sandboxes. What it tries in the folder of their state it removes again. */
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
        : failure.code === 'ENETUNREACH'
          ? 'The loopback device is down: ip link set lo up.'
          : `Services need loopback addresses of their own (127.64.0.0/9): ${errorMessage(failure)}.`;
    findings.push(problem('ADDRESSES', `Port ${port} can't be had on loopback addresses.`, remedy));
  }
  return findings.length > 0 ? findings : [ok('ADDRESSES', 'Services get loopback addresses of their own.')];
}

/** Listens and calls itself: a device that is down lets the one. */
function tryListening(host: string, port: number): Promise<NodeJS.ErrnoException | undefined> {
  return new Promise((resolve) => {
    const server = createServer((socket) => socket.destroy());
    const end = (failure?: NodeJS.ErrnoException): void => {
      server.close(() => resolve(failure));
    };
    server.once('error', resolve);
    server.listen(port, host, () => {
      const call = connect({ host, port, timeout: PATIENCE_MS }, () => end());
      call.once('error', end).once('timeout', () => call.destroy(new Error('nobody answers')));
      call.resume();
    });
  });
}
