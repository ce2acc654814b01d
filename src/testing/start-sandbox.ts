import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Started, systemClock } from '../core/index.ts';
import { ensureFolder } from '../files/index.ts';
import {
  DEFAULT_SETTINGS,
  hostSandbox,
  loadPlan,
  PAGE_COMPOSE_FILE,
  type ProjectPaths,
  parseClockOffset,
  parseProjectName,
  projectPaths,
  writeClockOffset,
} from '../sandbox/index.ts';
import { hostedTestSandbox } from './hosted-test-sandbox.ts';
import { findProgramFile } from './program-file.ts';
import { makeStateFolder, removeForgotten } from './state-folder.ts';
import type { SandboxRequest, TestSandbox } from './test-sandbox.ts';

/**
 * Starts a sandbox in this process, apart from all others: its own state, addresses, authority, keys and time.
 *
 *     await using sandbox = await startSandbox();
 *     await sandbox.sign('app:1', await image({ layers: [{ 'etc/motd': 'hello' }] }));
 *     const pull = await sandbox.docker('pull', 'sandboxregistry:5000/app:1', { trust: true });
 *
 * @throws {ComposeFileError} what the compose file asks for can't be played
 * @throws {PortTakenError | AddressesTakenError | ServiceStartError | TimeInvalidError | ProgramMissingError}
 */
export async function startSandbox(request: SandboxRequest = {}): Promise<TestSandbox> {
  const programFile = findProgramFile();
  await using started = new Started();
  const home = await openHome(request, started);
  const name = parseProjectName(request.name ?? `test-${randomBytes(4).toString('hex')}`);
  const paths = projectPaths(home, name);
  const { plan } = loadPlan({
    sources: [{ path: 'compose.yaml', text: request.compose ?? PAGE_COMPOSE_FILE }],
    folder: request.folder ?? home,
    projectName: name,
    environment: new Map(Object.entries(request.environment ?? {})),
    profiles: request.profiles ?? [],
    services: request.services ?? [],
    readFile: (path) => readFileSync(path, 'utf8'),
  });
  if (request.time !== undefined) await setTime(paths, request.time);
  const hosted = started.add(
    await hostSandbox({
      plan,
      planDigest: '',
      composeFile: null,
      ...(request.services && { services: request.services }),
      paths,
      settings: { ...DEFAULT_SETTINGS, retrySecondMs: 1, ...request.settings },
      clock: systemClock,
      programFile,
      hasPlainBoxes: false,
      ...(request.random && { random: request.random }),
    }),
  );
  const passphrase = request.passphrase ?? randomBytes(18).toString('base64url');
  const ca = await readFile(paths.caCertificate, 'utf8');
  return hostedTestSandbox({ hosted, paths, programFile, passphrase, ca, started: started.keep() });
}

async function openHome({ stateFolder }: SandboxRequest, started: Started): Promise<string> {
  if (stateFolder !== undefined) {
    await ensureFolder(stateFolder, 0o700);
    return stateFolder;
  }
  await removeForgotten();
  const home = await makeStateFolder();
  started.add({ [Symbol.asyncDispose]: () => rm(home, { recursive: true, force: true }) });
  return home;
}

async function setTime(paths: ProjectPaths, time: Date | string): Promise<void> {
  const text = typeof time === 'string' ? time : time.toISOString();
  await ensureFolder(join(paths.clock, '..'), 0o700);
  await writeClockOffset(paths.clock, parseClockOffset(text, { now: systemClock.now(), current: 0 }));
}
