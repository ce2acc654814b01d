import { parseGun } from '../../src/tuf/index.ts';
import { newTarget, signTargets } from '../tuf-repository.ts';
import { files, publishNew, startServer } from './running-server.ts';

/* A program of its own, to be killed: publishes one version after the other and writes the number of each that was confirmed. */
const [, , path = ':memory:', gun = 'a'] = process.argv;
const { client } = await startServer({ path });
const repository = await publishNew(client, parseGun(gun));
for (let version = 1; ; version += 1) {
  process.stdout.write(`${version}\n`);
  const targets = await signTargets(repository, {
    version: version + 1,
    targets: new Map([['a', newTarget(`${version}`)]]),
  });
  await client.publish(repository.name, files({ targets: targets.bytes }));
}
