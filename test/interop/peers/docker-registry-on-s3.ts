import { writeFile } from 'node:fs/promises';
import type { S3Options } from '../../../src/storage/index.ts';
import type { DockerRegistry } from './docker-registry.ts';
import { startServer } from './server.ts';
import type { Workspace } from './workspace.ts';

/** Debian's docker-registry (CNCF distribution 2.8) over a bucket, with the `http.secret` that signs upload states. */
export async function startDockerRegistryOnS3(
  workspace: Workspace,
  { bucket, region, endpoint, rootDirectory = '', accessKeyId, secretAccessKey }: S3Options,
  address: { readonly host: string; readonly port: number },
  secret: string,
): Promise<DockerRegistry> {
  const s3 = {
    bucket,
    region,
    regionendpoint: endpoint,
    rootdirectory: rootDirectory,
    accesskey: accessKeyId,
    secretkey: secretAccessKey,
    secure: false,
    forcepathstyle: true,
  };
  const listen = `${address.host}:${address.port}`;
  const config = workspace.at(`docker-registry-s3-${address.port}.yaml`);
  const storage = { s3, redirect: { disable: true }, delete: { enabled: true } };
  const lines = { version: 0.1, log: { level: 'warn' }, storage, http: { addr: listen, secret } };
  await writeFile(config, JSON.stringify(lines)); // JSON is YAML
  const url = `http://${listen}`;
  const server = await startServer('docker-registry', ['serve', config], {
    logFile: `${config}.log`,
    env: { HOME: workspace.path },
    isReady: async () => (await fetch(`${url}/v2/`)).ok,
  });
  return { ...server, url };
}
