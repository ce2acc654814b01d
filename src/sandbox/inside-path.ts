import { join, posix } from 'node:path';
import type { Mount, ServicePlan } from './compose/plan.ts';
import type { ProjectPaths } from './project.ts';

/** The folder or file of the host that a mount shows. */
export function mountSource(paths: ProjectPaths, service: string, { source }: Mount): string {
  if (source.kind === 'bind') return source.path;
  return source.kind === 'volume' ? paths.volume(source.name) : paths.service(service, 'volumes', source.name);
}

/** Where `inside`, an absolute path in a service, is on the host; `undefined` when no mount shows it. */
export function hostPath(plan: ServicePlan, paths: ProjectPaths, inside: string): string | undefined {
  const wanted = posix.normalize(inside);
  const mount = plan.mounts
    .filter(({ target }) => wanted === target || wanted.startsWith(`${target.replace(/\/$/, '')}/`))
    .sort((a, b) => b.target.length - a.target.length)[0];
  return mount && join(mountSource(paths, plan.name, mount), posix.relative(mount.target, wanted));
}

/** The folder of the host that lies at `inside`: a planned mount's, or `own` among the service's. */
export function folderAt(plan: ServicePlan, paths: ProjectPaths, inside: string, own: string): string {
  return hostPath(plan, paths, inside) ?? paths.service(plan.name, own);
}
