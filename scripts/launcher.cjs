// Becomes dist/main.cjs, the program's entry. Half of what a command takes is Node reading and compiling the program: here it is
// one file, with the code that Node made of it when it was built. Another Node than that one loads the modules of dist/main.mjs.
const { readFileSync } = require('node:fs');
const { createRequire } = require('node:module');
const { join } = require('node:path');
const vm = require('node:vm');

const filename = join(__dirname, 'program.cjs');

/** @param {Buffer} cachedData the code that Node made before, or nothing */
function compile(cachedData) {
  return new vm.Script(readFileSync(filename, 'latin1'), { filename, cachedData });
}

function readCode() {
  try {
    return readFileSync(join(__dirname, 'program.code'));
  } catch {
    return undefined; // not made, so that nothing is gained
  }
}

const code = readCode();
const program = code && compile(code);
if (program && !program.cachedDataRejected) program.runInThisContext()(createRequire(filename), filename, __dirname);
else import('./main.mjs');
