import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Started, systemClock } from '../../../src/core/index.ts';
import { createCertificateAuthority, issueServerCertificate } from '../../../src/pki/index.ts';
import { startDockerRegistry } from './docker-registry.ts';
import { type DockerdOptions, docker, startDockerd } from './dockerd.ts';
import { notary, startNotaryServer } from './notary-server.ts';
import { ourProgram, startOurServer } from './our-program.ts';
import type { Outcome } from './run.ts';
import { createWorkspace, type Workspace } from './workspace.ts';

const P = 'sandbox-passphrase';
const DCT = {
  DOCKER_CONTENT_TRUST_SERVER: 'https://notaryserver:4443',
  DOCKER_CONTENT_TRUST_ROOT_PASSPHRASE: P,
  DOCKER_CONTENT_TRUST_REPOSITORY_PASSPHRASE: P,
};
const NOTARY = Object.fromEntries(
  ['ROOT', 'TARGETS', 'SNAPSHOT', 'DELEGATION'].map((role) => [`NOTARY_${role}_PASSPHRASE`, P]),
);
const IMAGES = join(import.meta.dirname, '../../golden/recordings/images');

/** Clients of a trust server: docker 28 and notary 0.7, and ours in the place of either. */
export const CLIENTS = ['docker', 'trustsandbox', 'notary', 'trustsandbox notary'] as const;
export type Client = (typeof CLIENTS)[number];

/** What was pushed, unsigned, under a tag. `digest` in hex. */
export interface PushedTag {
  readonly digest: string;
  readonly size: number;
}

/** A trust server, a registry, an Engine with two images, and any number of people with a trust directory each. */
export interface TrustActors extends AsyncDisposable {
  readonly workspace: Workspace;
  /** Runs a client as somebody; docker's words begin with `push`, `trust` and so on, notary's with `list`. */
  run(client: Client, who: string, words: string): Promise<Outcome>;
  /** Pushes an image, the first or the second, without signing it. */
  push(image: string, which: 1 | 2): Promise<PushedTag>;
}

export type WhoseServer = 'notary-server' | 'ours';

/** Addresses are `PREFIX.1` and `PREFIX.2`, known as `sandboxregistry:5000` and `notaryserver:4443`. */
export async function openTrustActors(
  whose: WhoseServer,
  prefix: string,
  options: Pick<DockerdOptions, 'containerdStore'> = {},
): Promise<TrustActors> {
  const hosts = { sandboxregistry: `${prefix}.1`, notaryserver: `${prefix}.2` };
  await using started = new Started();
  const workspace = started.add(await createWorkspace());
  const authority = createCertificateAuthority({ clock: systemClock });
  const names = { dnsNames: ['notaryserver'], ipAddresses: [hosts.notaryserver] };
  const tls = { ...issueServerCertificate({ ca: authority, ...names, clock: systemClock }), ca: authority.cert };
  await writeFile(workspace.at('ca.crt'), authority.cert);
  started.add(await (whose === 'ours' ? startOurs : startTheirs)(workspace, hosts.notaryserver, tls));
  await mkdir(workspace.at('registry'));
  const place = { host: hosts.sandboxregistry, port: 5000 };
  started.add(await startDockerRegistry(workspace, workspace.at('registry'), place));
  const engine = started.add(
    await startDockerd(workspace, { insecureRegistries: ['sandboxregistry:5000'], hosts, ...options }),
  );
  for (const archive of ['trusttest.tar', 'trusttest2.tar']) await engine.docker(['load', '-i', join(IMAGES, archive)]);

  const home = async (who: string): Promise<string> => {
    const tlsFolder = workspace.at(who, 'tls', 'notaryserver:4443');
    await mkdir(tlsFolder, { recursive: true });
    await writeFile(join(tlsFolder, 'ca.crt'), authority.cert);
    return workspace.at(who);
  };
  const running = started.keep();
  return {
    workspace,
    async run(client, who, words) {
      const config = await home(who);
      const list = words.split(' ');
      const trustDir = join(config, 'trust');
      const dockers = { ...DCT, DOCKER_CONTENT_TRUST: '1', DOCKER_CONFIG: config, DOCKER_HOST: engine.host };
      const shared = { hosts, cwd: workspace.path, input: 'yes\n' };
      const given = ['-s', 'https://notaryserver:4443', '--tlscacert', workspace.at('ca.crt'), '-d', trustDir];
      switch (client) {
        case 'docker':
          return docker(workspace, list, { ...shared, env: dockers });
        case 'trustsandbox':
          return ourProgram(workspace, list, {
            ...shared,
            env: { ...dockers, TRUSTSANDBOX_PROGRAM: 'docker', TRUSTSANDBOX_VERIFICATION: 'strict' },
          });
        case 'notary':
          return notary(workspace, ['-s', 'https://notaryserver:4443', ...list], {
            ...shared,
            env: NOTARY,
            trustDir,
            caFile: workspace.at('ca.crt'),
          });
        case 'trustsandbox notary':
          return ourProgram(workspace, ['notary', ...given, ...list], {
            ...shared,
            env: { ...NOTARY, TRUSTSANDBOX_VERIFICATION: 'strict' },
          });
      }
    },
    async push(image, which) {
      await engine.docker(['tag', which === 1 ? 'docker/trusttest:latest' : 'docker/trusttest:v2', image]);
      const { stdout, stderr } = await engine.docker(['push', '--disable-content-trust', image]);
      const [, digest = '', size] = /digest: sha256:([0-9a-f]{64}) size: (\d+)/.exec(stdout) ?? [];
      if (digest === '') throw new Error(`${image} was not pushed: ${stdout}${stderr}`);
      return { digest, size: Number(size) };
    },
    [Symbol.asyncDispose]: () => running[Symbol.asyncDispose](),
  };
}

interface Tls {
  readonly cert: string;
  readonly key: string;
  readonly ca: string;
}

const startTheirs = (workspace: Workspace, host: string, tls: Tls): Promise<AsyncDisposable> =>
  startNotaryServer(workspace, { host, port: 4443 }, tls);

async function startOurs(workspace: Workspace, host: string, tls: Tls): Promise<AsyncDisposable> {
  await writeFile(workspace.at('ours.crt'), tls.cert);
  await writeFile(workspace.at('ours.key'), tls.key, { mode: 0o600 });
  const config = workspace.at('ours.json');
  const server = { http_addr: `${host}:4443`, tls_cert_file: 'ours.crt', tls_key_file: 'ours.key' };
  const storage = { backend: 'sqlite3', db_url: workspace.at('ours.db') };
  await writeFile(config, JSON.stringify({ server, storage }));
  const isReady = async () => (await readFile(`${config}.log`, 'utf8')).includes('"listening"');
  return startOurServer(workspace, 'notary', config, { isReady });
}
