// Makes the code of the program that the launcher hands to Node: what Node compiled while this ran a command. By itself, as a
// process of its own: `node code-cache.mjs FOLDER`, which writes FOLDER/program.code.
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import vm from 'node:vm';

const [folder] = process.argv.splice(2, Number.POSITIVE_INFINITY, 'trust', 'inspect', '--help');
const filename = join(folder, 'program.cjs');
const script = new vm.Script(readFileSync(filename, 'latin1'), {
  filename,
});
process.stdout.write = () => true; // what it says is of no interest
process.on('exit', () => writeFileSync(join(folder, 'program.code'), script.createCachedData()));
script.runInThisContext()(createRequire(filename), filename, folder);
