import { mkdir, writeFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { openRepository, openTrustContext } from '../../src/cli/trust/trust-context.ts';
import { parseImageReference } from '../../src/core/index.ts';
import { setNotaryStage } from '../notary-stage.ts';

test('the trust server that docker’s configuration names for a registry is asked, and none for others', async () => {
  await using stage = await setNotaryStage();
  await mkdir(stage.at('mapped'));
  const trustServers = { '*.example.com': 'https://notaryserver:4443', 'bad.example': 'http://notaryserver:4443' };
  await writeFile(stage.at('mapped', 'config.json'), JSON.stringify({ trustServers }));
  const io = stage.io({ program: 'docker', env: { DOCKER_CONFIG: stage.at('mapped') } });
  const surroundings = { ...stage.surroundings, dockerConfig: stage.at('mapped') };
  const context = { ...(await openTrustContext(io)), surroundings };
  const open = (name: string) => openRepository(context, parseImageReference(name));
  await expect((await open('a.example.com/app')).update()).rejects.toThrow(
    'notaryserver:4443 does not have trust data for a.example.com/app',
  );
  await expect((await open('elsewhere.example/app')).update()).rejects.toThrow(
    expect.objectContaining({ code: 'NOTARY_NETWORK' }),
  );
  await expect(open('bad.example/app')).rejects.toThrow(expect.objectContaining({ code: 'TRUST_SERVER_INVALID' }));
});
