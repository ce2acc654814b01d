// Becomes dist/main.cjs, the program's entry. Half of what a command takes is Node reading and compiling the program: so the
// commands of a client are a file of their own, the whole program another, each with the code that Node made of it. For the Node
// that built it, that code is beside it; any other keeps its own in the user's cache folder when it has run for the first time.
const { mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } = require('node:fs');
const { createRequire } = require('node:module');
const { homedir } = require('node:os');
const { join } = require('node:path');
const { Script } = require('node:vm');

/** Digest of the program: Node takes the code of another one of the same length for its own. */
const BUILD = '@BUILD@';

/** @param {'client' | 'program'} name */
function load(name) {
  const filename = join(__dirname, `${name}.cjs`);
  const code = `${name}-${process.version}-${process.arch}.code`;
  const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'trustsandbox');
  const built = read(join(__dirname, code));
  const cachedData = built ?? read(join(cache, BUILD, code));
  const script = new Script(readFileSync(filename, 'latin1'), { filename, cachedData });
  if (!built && script.cachedDataRejected !== false) process.once('exit', () => keep(script, cache, code));
  return script.runInThisContext()(createRequire(filename), filename, __dirname);
}

function read(file) {
  try {
    return readFileSync(file);
  } catch {
    return undefined;
  }
}

/** Where it can't be written, nothing is gained and nothing lost. */
function keep(script, cache, code) {
  try {
    const folder = join(cache, BUILD);
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    for (const other of readdirSync(cache)) if (other !== BUILD) rmSync(join(cache, other), { recursive: true });
    const file = join(folder, `.${process.pid}`);
    writeFileSync(file, script.createCachedData(), { mode: 0o600 });
    renameSync(file, join(folder, code));
  } catch {}
}

const { TRUSTSANDBOX_PROGRAM: name = 'trustsandbox' } = process.env;
const argv = process.argv.slice(2);
load('client').start(name, argv) || load('program').start(name, argv);
