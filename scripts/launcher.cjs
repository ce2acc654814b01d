// Becomes dist/main.cjs, the program's entry. Half of what a command takes is Node reading and compiling the program: so the
// commands of a client are a file of their own, the whole program another, each with the code that Node made of it when it was
// built. Another Node than that one compiles them itself.
const { readFileSync } = require('node:fs');
const { createRequire } = require('node:module');
const { join } = require('node:path');
const { Script } = require('node:vm');

/** @param {'client' | 'program'} name */
function load(name) {
  const filename = join(__dirname, `${name}.cjs`);
  let cachedData;
  try {
    cachedData = readFileSync(join(__dirname, `${name}.code`));
  } catch {
    // not made, so that nothing is gained
  }
  const script = new Script(readFileSync(filename, 'latin1'), { filename, cachedData });
  return script.runInThisContext()(createRequire(filename), filename, __dirname);
}

const { TRUSTSANDBOX_PROGRAM: name = 'trustsandbox' } = process.env;
const argv = process.argv.slice(2);
load('client').start(name, argv) || load('program').start(name, argv);
