import { parseGun } from '../../src/tuf/index.ts';
import { newTarget, signTargets } from '../tuf-repository.ts';
import { files, publishNew, startServer } from './running-server.ts';

/*
 * A program of its own, to be killed: publishes to several collections side by side, one version after the other, and writes a line
 * `GUN VERSION` for each that was confirmed.
 */
const [, , path = ':memory:', ...guns] = process.argv;
const { client } = await startServer({ path, keys: { secret: Buffer.alloc(32, 1) } });
await Promise.all(
  guns.map(async (gun) => {
    const repository = await publishNew(client, parseGun(gun));
    for (let version = 1; ; version += 1) {
      process.stdout.write(`${gun} ${version}\n`);
      const target = newTarget(`${version}`);
      const targets = await signTargets(repository, { version: version + 1, targets: new Map([['a', target]]) });
      await client.publish(repository.name, files({ targets: targets.bytes }));
    }
  }),
);
