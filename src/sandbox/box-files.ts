import { readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ensureFolder } from '../files/index.ts';
import { namesSeenFrom } from './network-names.ts';
import type { ProjectPaths } from './project.ts';
import type { ServiceRecord } from './sandbox-record.ts';
import { KNOWN_PORTS } from './services/known-ports.ts';

/** Where systems keep the certificates they trust; a box's own bundle is laid over each that is there. */
export const SYSTEM_BUNDLES = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/cert.pem',
] as const;

/** Names under which this package's program is in a box. */
const PROGRAMS = ['docker', 'notary'] as const;

/** Starts it under one of them. The variables are set where the paths differ; `openSecureContext` says what the flag is for. */
const launcher = (name: string): string => `#!/bin/sh
TRUSTSANDBOX_PROGRAM=${name} TRUSTSANDBOX_CLOCK="\${TRUSTSANDBOX_CLOCK:-/.trustsandbox/clock/offset}" exec "\${TRUSTSANDBOX_NODE:-/.trustsandbox/node}" --use-openssl-ca -- "\${TRUSTSANDBOX_MAIN:-/.trustsandbox/dist/main.cjs}" "$@"
`;

/**
 * In a plain box `openssl` knows no names and reads no proxy's variable: a name and port that the box knows are put in place of
 * the address and port they have for it, and asked for by name all the same.
 */
const OPENSSL = `#!/bin/sh
place_of() {
  while read -r target place; do [ "$target" != "$1" ] || { echo "$place"; return; }; done <"\${TRUSTSANDBOX_PLACES:-/dev/null}"
}
others= own=\${0%/*}
IFS=:
for folder in $PATH; do [ "$folder" = "$own" ] || others=$others\${others:+:}$folder; done
unset IFS
PATH=$others
[ "$1" = s_client ] || exec openssl "$@"
shift
named= found= count=$#
for word do case $word in -servername | -noservername) named=1 ;; esac; done
while [ "$count" -gt 0 ]; do
  word=$1 place=$(place_of "$1"); shift; count=$((count - 1))
  [ -z "$place" ] || { found=\${word%:*}; word=$place; }
  set -- "$@" "$word"
done
[ -z "$found" ] || [ -n "$named" ] || set -- -servername "$found" "$@"
exec openssl s_client "$@"
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
    [...['bin', 'plain', 'root', 'hosts'].map((name) => paths.box(name)), dirname(paths.clock)].map((folder) =>
      ensureFolder(folder, 0o700),
    ),
  );
  await writeFile(paths.box('ca-bundle.crt'), caCertificate + (await systemBundle()));
  for (const name of PROGRAMS) await writeFile(paths.box('bin', name), launcher(name), { mode: 0o755 });
  await writeFile(paths.box('plain', 'openssl'), OPENSSL, { mode: 0o755 });
  await writePlaces(paths, services);
  for (const service of services) {
    const { home, kind } = service;
    await ensureFolder(home, 0o700);
    await writeFile(service.hosts, formatHosts(service, services));
    await writeFile(`${home}/.bashrc`, BASHRC);
    if (kind === 'client') await writeNotaryConfig(service, services);
  }
}

/** What the names of each box's services and their ports are for it, `name:port address:port` a line; ports may change when one starts. */
export async function writePlaces(paths: ProjectPaths, services: readonly ServiceRecord[]): Promise<void> {
  await ensureFolder(paths.box('places'), 0o700);
  for (const viewer of services) await writeFile(paths.box('places', viewer.name), formatPlaces(viewer, services));
}

function formatPlaces(viewer: ServiceRecord, services: readonly ServiceRecord[]): string {
  const lines = services.flatMap((service) => {
    const { address, port } = service.doors[viewer.name] ?? {};
    const knownPort = service.knownPort ?? KNOWN_PORTS[service.kind];
    if (!port || !knownPort) return [];
    return namesSeenFrom(viewer.networks, service.networks).map((name) => `${name}:${knownPort} ${address}:${port}\n`);
  });
  return lines.join('');
}

/** The first time, tells `notary` which server is meant: the sandbox's own. What a user has made of it since stays. */
async function writeNotaryConfig(client: ServiceRecord, services: readonly ServiceRecord[]): Promise<void> {
  const { home } = client;
  const seen = services.filter((service) => namesSeenFrom(client.networks, service.networks).length > 0);
  const server = seen.find(({ kind }) => kind === 'notary-server');
  if (!server) return;
  const url = `https://${server.names[0]}:${server.knownPort ?? KNOWN_PORTS['notary-server']}`;
  await ensureFolder(`${home}/.notary`, 0o700);
  const text = `${JSON.stringify({ remote_server: { url } }, null, 2)}\n`;
  await writeFile(`${home}/.notary/config.json`, text, { flag: 'wx', mode: 0o600 }).catch((error) => {
    if (error.code !== 'EEXIST') throw error;
  });
}

/** The names that `viewer` knows: its own, and those of the services it shares a network with. */
export function formatHosts(viewer: ServiceRecord, services: readonly ServiceRecord[]): string {
  const lines = services.map((service) => {
    const own = service === viewer ? [viewer.hostname ?? ''] : [];
    const names = [...namesSeenFrom(viewer.networks, service.networks), ...own].filter((name) => name !== '');
    const { address } = service.doors[viewer.name] ?? service;
    return names.length > 0 ? `${address}\t${names.join(' ')}\n` : '';
  });
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
