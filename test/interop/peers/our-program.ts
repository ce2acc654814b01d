import { join } from 'node:path';
import { type Hosts, type Outcome, type RunOptions, run } from './run.ts';
import { type PeerServer, startServer } from './server.ts';
import type { Workspace } from './workspace.ts';

const PROGRAM = join(import.meta.dirname, '../../../bin/trustsandbox.cjs');

/** Our program, as it is installed, with a home of this workspace's own. */
export function ourProgram(workspace: Workspace, args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  return run(process.execPath, [PROGRAM, ...args], {
    cwd: workspace.path,
    ...options,
    env: { HOME: workspace.path, ...options.env },
  });
}

/** `serve KIND CONFIG`, running until it is disposed of. */
export function startOurServer(
  workspace: Workspace,
  kind: 'registry' | 'notary' | 'signer' | 'tokens',
  config: string,
  {
    isReady,
    hosts = {},
    env = {},
  }: {
    readonly isReady: () => Promise<boolean>;
    readonly hosts?: Hosts;
    readonly env?: Readonly<Record<string, string>>;
  },
): Promise<PeerServer> {
  return startServer(process.execPath, [PROGRAM, 'serve', kind, config], {
    logFile: `${config}.log`,
    env: { HOME: workspace.path, ...env },
    hosts,
    isReady,
  });
}
