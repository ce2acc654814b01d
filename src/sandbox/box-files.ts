import { mkdir, readFile, writeFile } from 'node:fs/promises';
import type { ProjectPaths } from './project.ts';
import type { ServiceRecord } from './sandbox-record.ts';

/** Where systems keep the certificates they trust; a box's own bundle is laid over each that is there. */
export const SYSTEM_BUNDLES = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/cert.pem',
] as const;

/** `docker` in a box: this package's program under that name. The variables are set where the paths differ. */
const DOCKER_LAUNCHER = `#!/bin/sh
TRUSTSANDBOX_PROGRAM=docker exec "\${TRUSTSANDBOX_NODE:-/.trustsandbox/node}" "\${TRUSTSANDBOX_MAIN:-/.trustsandbox/dist/main.mjs}" "$@"
`;

/** bash reads this last, so the prompt is a container's whatever the host's own start-up files say. */
const BASHRC = "PS1='\\u@\\h:\\w\\$ '\n";

/** Writes what all boxes of a project bring: names, trusted certificates, programs, and a home for each service. */
export async function writeBoxFiles(
  paths: ProjectPaths,
  services: readonly ServiceRecord[],
  caCertificate: string,
): Promise<void> {
  await Promise.all(
    [paths.box('bin'), paths.box('root')].map((folder) => mkdir(folder, { recursive: true, mode: 0o700 })),
  );
  await writeFile(paths.box('hosts'), formatHosts(services));
  await writeFile(paths.box('ca-bundle.crt'), caCertificate + (await systemBundle()));
  await writeFile(paths.box('bin', 'docker'), DOCKER_LAUNCHER, { mode: 0o755 });
  for (const { home } of services) {
    await mkdir(home, { recursive: true, mode: 0o700 });
    await writeFile(`${home}/.bashrc`, BASHRC);
  }
}

export function formatHosts(services: readonly Pick<ServiceRecord, 'address' | 'names'>[]): string {
  const lines = services.map(({ address, names }) => `${address}\t${names.join(' ')}\n`);
  return `127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n${lines.join('')}`;
}

/** The certificates this machine trusts, or none where it keeps them elsewhere. */
async function systemBundle(): Promise<string> {
  for (const file of SYSTEM_BUNDLES) {
    const text = await readFile(file, 'utf8').catch(() => undefined);
    if (text !== undefined) return text;
  }
  return '';
}
