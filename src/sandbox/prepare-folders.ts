import { writeFile } from 'node:fs/promises';
import { ensureFolder } from '../files/index.ts';
import type { CertificateAndKey } from '../pki/index.ts';
import type { ComposePlan } from './compose/plan.ts';
import { mountSource } from './inside-path.ts';
import type { ProjectPaths } from './project.ts';

/** Makes what services find when they start: their folders, volumes, what is mounted, and the authority's certificate. */
export async function prepareFolders(plan: ComposePlan, paths: ProjectPaths, ca: CertificateAndKey): Promise<void> {
  const mounted = plan.services.flatMap(({ name, mounts }) =>
    mounts.flatMap((mount) => (mount.source.kind === 'own' ? [mountSource(paths, name, mount)] : [])),
  );
  const folders = [
    ...plan.volumes.map((name) => paths.volume(name)),
    ...plan.services.map(({ name }) => paths.service(name)),
    ...mounted,
  ];
  await Promise.all([paths.root, ...folders].map((folder) => ensureFolder(folder, 0o700)));
  await makeBindSources(plan);
  await writeFile(paths.caCertificate, ca.cert);
}

/** As compose: a folder of the host that is to be mounted and is not there is made. */
async function makeBindSources({ services }: ComposePlan): Promise<void> {
  for (const { source } of services.flatMap(({ mounts }) => mounts)) {
    if (source.kind !== 'bind') continue;
    await ensureFolder(source.path).catch((thrown: NodeJS.ErrnoException) => {
      if (thrown.code !== 'EEXIST') throw thrown; // a file
    });
  }
}
