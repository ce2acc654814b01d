import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { systemClock } from '../../src/core/index.ts';
import { createCertificateAuthority, issueServerCertificate } from '../../src/pki/index.ts';
import { startDockerd } from './peers/dockerd.ts';
import { notary, pageHosts, startNotaryServer } from './peers/notary-server.ts';
import { startOurRegistry } from './peers/our-registry.ts';
import { createWorkspace } from './peers/workspace.ts';

const [REGISTRY, NOTARY] = ['127.71.3.1', '127.71.3.2'];
const GUN = 'sandboxregistry:5000/test/trusttest';
const ARCHIVE = join(import.meta.dirname, '../golden/recordings/images/trusttest.tar');

test('docker, dockerd and the real notary do a signed push and a trusted pull over our registry', async () => {
  await using workspace = await createWorkspace();
  const hosts = pageHosts(REGISTRY, NOTARY);
  const ca = createCertificateAuthority({ clock: systemClock });
  const server = issueServerCertificate({ ca, dnsNames: ['notaryserver'], ipAddresses: [NOTARY], clock: systemClock });
  const tls = { ...server, ca: ca.cert };
  await using _registry = await startOurRegistry(workspace.at('registry'), { host: REGISTRY, port: 5000 });
  await using _notary = await startNotaryServer(workspace, { host: NOTARY, port: 4443 }, tls);
  await using dockerd = await startDockerd(workspace, { insecureRegistries: ['sandboxregistry:5000'], hosts });
  const certificates = workspace.at('docker-config', 'tls', 'notaryserver:4443');
  await mkdir(certificates, { recursive: true });
  await writeFile(join(certificates, 'ca.crt'), ca.cert);

  const env = {
    DOCKER_CONTENT_TRUST: '1',
    DOCKER_CONTENT_TRUST_SERVER: 'https://notaryserver:4443',
    DOCKER_CONTENT_TRUST_ROOT_PASSPHRASE: 'sandbox-passphrase',
    DOCKER_CONTENT_TRUST_REPOSITORY_PASSPHRASE: 'sandbox-passphrase',
  };
  await dockerd.docker(['load', '-i', ARCHIVE]);
  await dockerd.docker(['tag', 'docker/trusttest:latest', `${GUN}:latest`]);
  const unsigned = await dockerd.docker(['pull', GUN], { env });
  expect(unsigned).toMatchObject({ status: 1, stderr: expect.stringContaining('does not have trust data for') });
  const pushed = await dockerd.docker(['push', `${GUN}:latest`], { env });
  expect(pushed).toMatchObject({ status: 0, stdout: expect.stringContaining(`Successfully signed ${GUN}:latest`) });
  await dockerd.docker(['image', 'rm', '-f', `${GUN}:latest`, 'docker/trusttest:latest']);
  const pulled = await dockerd.docker(['pull', GUN], { env });
  expect(pulled).toMatchObject({ status: 0, stdout: expect.stringContaining('Downloaded newer image for') });

  const caFile = workspace.at('ca.crt');
  await writeFile(caFile, ca.cert);
  const asked = { trustDir: workspace.at('notary-trust'), caFile, hosts };
  const listed = await notary(workspace, ['--server', 'https://notaryserver:4443', 'list', GUN], asked);
  expect(listed).toMatchObject({
    status: 0,
    stdout: expect.stringMatching(/^latest +b351cc62[0-9a-f]+ +730 +targets$/m),
  });
});
