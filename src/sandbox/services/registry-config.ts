import { parseConfig, type RegistryConfig } from '../../registry/index.ts';
import { folderAt } from '../inside-path.ts';
import type { ServiceContext } from '../service.ts';
import { mountedPath, readConfigFile } from './config-file.ts';

/** Where the image keeps what it stores, and its configuration. */
const ROOT = '/var/lib/registry';
const FILES = ['/etc/docker/registry/config.yml', '/etc/distribution/config.yml'] as const;
const PORT = 5000;

/** What a registry of a compose file is told, with the paths and the address that it has here. */
export interface PlayedRegistry {
  readonly config: RegistryConfig;
  /** Folder of the tree, and where it is seen inside; none of one that keeps it elsewhere. */
  readonly mounts: readonly { readonly source: string; readonly target: string; readonly readOnly: boolean }[];
  readonly port: number;
}

/**
 * Reads the image's configuration file, where a volume brings one, and `REGISTRY_*` over it.
 * @throws {ConfigurationError | PathNotMountedError}
 */
export async function readRegistryConfig(context: ServiceContext): Promise<PlayedRegistry> {
  const { plan, paths, address, ownsAddress, log } = context;
  const { REGISTRY_HTTP_SECRET: _secret, ...environment } = plan.environment;
  const file = await readConfigFile(context, FILES);
  const { value, warnings } = parseConfig(file, environment, ROOT);
  for (const setting of warnings) log.warn('configuration', { setting });
  const inside = value.storage.kind === 'filesystem' ? value.storage.rootDirectory : undefined;
  const folder = inside === undefined ? undefined : folderAt(plan, paths, inside, 'registry');
  const port = value.http.address.kind === 'tcp' ? value.http.address.port : PORT;
  const { tls, debug } = value.http;
  const config: RegistryConfig = {
    ...value,
    // A registry one learns with lets one delete, unless it is told not to.
    isDeleteEnabled: value.isDeleteEnabled || (!file && environment.REGISTRY_STORAGE_DELETE_ENABLED === undefined),
    storage: folder === undefined ? value.storage : { kind: 'filesystem', rootDirectory: folder },
    auth: value.auth && hostAuth(value.auth, context),
    http: {
      ...value.http,
      address: { kind: 'tcp', host: address, port: ownsAddress ? port : 0 },
      tls: tls && {
        ...tls,
        certificate: mountedPath(context, tls.certificate, 'http.tls.certificate'),
        key: mountedPath(context, tls.key, 'http.tls.key'),
        clientCas: tls.clientCas.map((path) => mountedPath(context, path, 'http.tls.clientcas')),
      },
      debug: debug && { ...debug, address: { kind: 'tcp', host: address, port: portOf(debug.address, ownsAddress) } },
    },
  };
  const mounts = folder === undefined ? [] : [{ source: folder, target: inside ?? ROOT, readOnly: false }];
  return { config, mounts, port };
}

function hostAuth(auth: NonNullable<RegistryConfig['auth']>, context: ServiceContext): RegistryConfig['auth'] {
  if (auth.kind === 'htpasswd') return { ...auth, path: mountedPath(context, auth.path, 'auth.htpasswd.path') };
  const at = (path: string | undefined, name: string): string | undefined =>
    path === undefined ? undefined : mountedPath(context, path, `auth.token.${name}`);
  return { ...auth, rootCertBundle: at(auth.rootCertBundle, 'rootcertbundle'), jwks: at(auth.jwks, 'jwks') };
}

function portOf(address: RegistryConfig['http']['address'], ownsAddress: boolean): number {
  return ownsAddress && address.kind === 'tcp' ? address.port : 0;
}
