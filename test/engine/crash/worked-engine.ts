import { createReadStream } from 'node:fs';
import { parseImageReference } from '../../../src/core/index.ts';
import { openEngine } from '../../../src/engine/index.ts';

/** An engine that pulls, loads, names and removes without end, until it is killed. Called with its folder, a registry's port and an archive. */
const [root = '', port = '', archive = ''] = process.argv.slice(2);
const engine = await openEngine({
  root,
  platform: { os: 'linux', architecture: 'amd64' },
  resolveRegistry: (domain) => [{ baseUrl: `http://${domain}`, connectTo: { host: '127.0.0.1', port: Number(port) } }],
});
process.send?.('open');
for (let round = 0; ; round += 1) {
  const name = `sandboxregistry:5000/test/image-${round % 3}:latest`;
  for await (const _ of engine.pull(parseImageReference(name)));
  for await (const _ of engine.load(createReadStream(archive)));
  await engine.tag(name, `mine:${round % 5}`);
  await engine.remove(name, true);
  const [first] = await engine.list();
  if (first && round % 2 === 1) await engine.remove(first.id, true);
}
