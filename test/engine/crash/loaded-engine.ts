import { createReadStream } from 'node:fs';
import { openEngine } from '../../../src/engine/index.ts';

/** An engine that loads one archive and ends, unless it is killed before. Called with its folder and the archive. */
const [root = '', archive = ''] = process.argv.slice(2);
await using engine = await openEngine({ root });
process.send?.('open');
for await (const _ of engine.load(createReadStream(archive)));
process.disconnect?.();
