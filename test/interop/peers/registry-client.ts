import { expect } from 'vitest';
import type { Listener } from '../../../src/http/index.ts';
import { startOurRegistry } from './our-registry.ts';
import { type Outcome, run } from './run.ts';
import { createWorkspace, type Workspace } from './workspace.ts';

/** A small image that `skopeo` can read. */
export const IMAGE_ARCHIVE = new URL('../../golden/recordings/images/trusttest.tar', import.meta.url).pathname;

/** Our registry, and a folder to run clients of it in. */
export interface Bench extends AsyncDisposable {
  readonly workspace: Workspace;
  readonly listener: Listener;
  /** `127.71.6.1:5000/<name>`. */
  at(name: string): string;
  /** Runs a client in the workspace; it has to succeed. Answers what it printed, without the end of line. */
  ok(program: string, ...args: readonly string[]): Promise<string>;
  run(program: string, ...args: readonly string[]): Promise<Outcome>;
}

export async function openBench(host: string): Promise<Bench> {
  const workspace = await createWorkspace();
  const address = { host, port: 5000 };
  const listener = await startOurRegistry(workspace.at('tree'), address);
  const call = (program: string, ...args: readonly string[]): Promise<Outcome> =>
    run(program, args, {
      cwd: workspace.path,
      env: {
        HOME: workspace.path,
        COSIGN_PASSWORD: '',
        // What is not on loopback is nowhere: signers would ask public transparency logs.
        HTTPS_PROXY: 'http://127.0.0.1:9',
        NO_PROXY: '127.0.0.0/8',
      },
    });
  return {
    workspace,
    listener,
    at: (name) => `${address.host}:${address.port}/${name}`,
    run: call,
    async ok(program, ...args) {
      const outcome = await call(program, ...args);
      expect(outcome).toMatchObject({ status: 0 });
      return outcome.stdout.trimEnd();
    },
    async [Symbol.asyncDispose]() {
      await listener[Symbol.asyncDispose]();
      await workspace[Symbol.asyncDispose]();
    },
  };
}

/** Puts the image on the registry, and answers its digest. */
export async function pushImage({ ok, at, workspace }: Bench, name: string): Promise<string> {
  const digestFile = workspace.at('digest');
  const options = ['-q', '--dest-tls-verify=false', '--format', 'oci', '--digestfile', digestFile];
  await ok(
    'skopeo',
    '--insecure-policy',
    'copy',
    ...options,
    `docker-archive:${IMAGE_ARCHIVE}`,
    `docker://${at(name)}`,
  );
  return ok('cat', digestFile);
}
