// Makes the code of a file of the program that the launcher hands to Node: what Node compiled while this ran a command. By itself,
// as a process of its own: `node code-cache.mjs FOLDER NAME COMMAND…`, which writes FOLDER/NAME-<version of Node>-<architecture>.code.
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import vm from 'node:vm';

const [folder, name, ...command] = process.argv.slice(2);
const filename = join(folder, `${name}.cjs`);
const source = readFileSync(filename, 'latin1');
const script = new vm.Script(source, { filename });
process.stdout.write = () => true; // what it says is of no interest
process.on('exit', () => {
  const code = script.createCachedData();
  if (new vm.Script(source, { filename, cachedData: code }).cachedDataRejected)
    throw new Error(`${name}.code is of no use`);
  writeFileSync(join(folder, `${name}-${process.version}-${process.arch}.code`), code);
});
script.runInThisContext()(createRequire(filename), filename, folder).start('trustsandbox', command);
