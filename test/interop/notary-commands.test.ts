import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { comparable, type NotaryOptions, type NotarySide, openNotarySide } from './peers/notary-pair.ts';

/** A command of notary; or, as `sh:…`, a script. Words are separated by spaces. */
type Step = string | { readonly run: string; readonly options: NotaryOptions };

const G = 'example.com/collection';
let real: NotarySide;
const others = new Map<string, NotarySide>();
const PLAYERS = ['ours', 'ours, then real', 'real, then ours'] as const;

beforeAll(async () => {
  real = await openNotarySide('real', '127.71.6.2');
  for (const [i, who] of PLAYERS.entries()) others.set(who, await openNotarySide(who, `127.71.6.${i + 3}`));
});
afterAll(async () => {
  for (const side of [real, ...others.values()]) await side[Symbol.asyncDispose]();
});

async function perform(side: NotarySide, step: Step): Promise<string> {
  const { run, options } = typeof step === 'string' ? { run: step, options: {} } : step;
  const outcome = run.startsWith('sh:')
    ? await side.shell(run.slice('sh:'.length))
    : await side.notary(run === '' ? [] : run.split(' '), options);
  return comparable(outcome, side.workspace);
}

/**
 * Plays the same commands with the real notary alone, with ours alone, and with both in turns in one home; what is printed
 * must be equal.
 */
async function compare(steps: readonly Step[]): Promise<void> {
  for (const step of steps) {
    const command = `$ ${typeof step === 'string' ? step : step.run}\n`;
    const expected = command + (await perform(real, step));
    for (const [who, side] of others) {
      expect.soft(command + (await perform(side, step)), who).toBe(expected);
    }
  }
}

const NAMES =
  'add addhash delegation delete help init key list lookup publish remove reset status verify version witness';
const KEY = 'export generate import list passwd remove rotate'.split(' ').map((name) => `key ${name}`);
const DELEGATION = 'add list purge remove'.split(' ').map((name) => `delegation ${name}`);
const COMMANDS = [...NAMES.split(' '), ...KEY, ...DELEGATION];

describe('called without enough', () => {
  test.each(['', ...COMMANDS])('notary %s prints the same usage and error', (name) => compare([name]));
  test.each(['', ...COMMANDS])('notary %s --help has the same shape', (name) => compare([`${name} --help`.trim()]));
  test('wrong words and flags are told of alike', () =>
    compare([
      'nosuch',
      'ad',
      'lst x',
      'key nosuch',
      'help key rotate',
      'add --nosuch',
      'list -x',
      'list -s',
      'list --roles',
      '--version',
      'version extra',
      '-D --version',
      `reset ${G} -n a`,
      `reset ${G}`,
      `key rotate ${G} root -l x`,
      'key list extra',
      'key generate a b',
      'key export extra',
      `delegation list ${G} extra`,
      `delegation add ${G} targets/a`,
      `delegation purge ${G}`,
      `witness ${G}`,
      '-c nosuch.json list x',
      '-s noscheme list x',
      '-s 127.71.9.2:4443 list x',
      '-s ::: list x',
      '--tlscacert nosuch.crt list x',
      '--tlscacert /dev/null list x',
      '--tlscert a list x',
      '--tlscert a --tlskey b list x',
      '-s https://notaryserver:4451 list x/y',
      '-v -s https://notaryserver:4451 list x/y',
      '-s https://notaryserver:4451 publish x/y',
      'sh:printf "{" > broken.json',
      'sh:mkdir -p other && printf \'{"trust_dir":"other/dir","remote_server":{"url":"https://notaryserver:4443","root_ca":"../.notary/ca.crt"}}\' > other/c.json',
      '-c other/c.json list x/y',
      '-c other/c.json key list',
    ]));
});

test('a collection is begun, filled and read', () =>
  compare([
    `list ${G}`,
    `status ${G}`,
    'key list',
    'publish example.com/first',
    'key list',
    'init example.com/first',
    'list example.com/first',
    `init ${G}`,
    `list ${G}`,
    'sh:printf "hello world\\n" > target.txt; printf "second\\n" > t2.txt; printf \'{"k":"v"}\' > custom.json; printf nojson > bad.json',
    `add ${G} v1 target.txt`,
    `add ${G} v2 t2.txt`,
    `add ${G} v3 nosuch.txt`,
    `addhash ${G} v4 1234 --sha256 ${'a'.repeat(64)}`,
    `addhash ${G} v5 10 --sha256 abc`,
    `addhash ${G} v5 10 --sha256 ${'g'.repeat(64)}`,
    `addhash ${G} v6 10 --sha512 ${'b'.repeat(128)}`,
    `addhash ${G} v7 10`,
    `addhash ${G} v8 x --sha256 ${'a'.repeat(64)}`,
    `addhash ${G} v9 0x10 --sha256 ${'A'.repeat(64)}`,
    `add ${G} vc target.txt --custom custom.json`,
    `add ${G} vx target.txt --custom nosuch.json`,
    `add ${G} vr target.txt -r root`,
    `add ${G} vr target.txt -r targets/A`,
    `status ${G}`,
    `publish ${G}`,
    `status ${G}`,
    `list ${G}`,
    `lookup ${G} v1`,
    `lookup ${G} v6`,
    `lookup ${G} nosuch`,
    `verify ${G} v1 -i target.txt`,
    `verify ${G} v1 -i t2.txt`,
    `verify ${G} v1 -i nosuch.txt`,
    `verify ${G} v1 -q -i target.txt`,
    `verify ${G} v1 -i target.txt -o out.txt`,
    'sh:cat out.txt; stat -c %a out.txt',
    { run: `verify ${G} v1`, options: { input: 'hello world\n' } },
    `verify ${G} nosuch -i target.txt`,
    `verify ${G} v6 -i target.txt`,
    'sh:cp .notary/tuf/example.com/collection/metadata/targets.json t.json; grep -o \'"custom":[^}]*}\' t.json',
    `remove ${G} v2`,
    `remove ${G} v4`,
    `status ${G}`,
    `reset ${G} -n 1`,
    `status ${G}`,
    `reset ${G} -n 0,7`,
    `remove ${G} v2 -p`,
    `remove ${G} nosuch -p`,
    `list ${G}`,
    `add ${G} vy target.txt`,
    `reset ${G} --all`,
    `status ${G}`,
    `-s https://notaryserver:4451 list ${G}`,
    `-s https://notaryserver:4451 publish ${G}`,
    `-s http://notaryserver:4443 list ${G}`,
    'init example.com/second -p',
    'list example.com/second',
    'add -p example.com/third v1 target.txt',
    'list example.com/third',
    'delete example.com/third',
    'list example.com/third',
    'delete example.com/third --remote',
    'list example.com/third',
    'delete example.com/third --remote',
  ]));

test('delegations are made, signed in, changed and taken away', async () => {
  const D = 'example.com/deleg';
  const cert = (name: string, kind: string) =>
    `openssl req -x509 -newkey ${kind} -nodes -keyout ${name}.key -out ${name}.crt -days 3650 -subj /CN=${name} 2>/dev/null`;
  await compare([
    `init ${D} -p`,
    `sh:${cert('alice', 'ec -pkeyopt ec_paramgen_curve:prime256v1')}; ${cert('bob', 'rsa:2048')}; ${cert('weak', 'rsa:1024')}; openssl ec -in alice.key -pubout -out alice.pub 2>/dev/null; printf junk > junk.crt`,
    'sh:printf "hello world\\n" > target.txt',
    `delegation list ${D}`,
    `delegation add ${D} targets/alice alice.crt`,
    `delegation add ${D} targets/releases alice.crt bob.crt --all-paths`,
    `delegation add ${D} targets/bob bob.crt --paths v1,rel-`,
    `delegation add ${D} targets/weak weak.crt --all-paths`,
    `delegation add ${D} targets/weak junk.crt --all-paths`,
    `delegation add ${D} bad/name alice.crt`,
    `delegation add ${D} targets/Upper alice.crt`,
    `delegation add ${D} targets/alice nosuch.crt`,
    `delegation add ${D} targets/pub alice.pub --all-paths`,
    `status ${D}`,
    `publish ${D}`,
    `delegation list ${D}`,
    'key import alice.key --role alice',
    'key import bob.key --role bob',
    'key list',
    `add ${D} v1 target.txt --roles targets/bob`,
    `publish ${D}`,
    `list ${D}`,
    `list ${D} --roles targets/bob`,
    `list ${D} -r targets/bob,targets/alice`,
    `list ${D} -r targets/nosuch`,
    `add ${D} other target.txt --roles targets/bob -p`,
    `reset ${D} --all`,
    `add ${D} v9 target.txt --roles targets/alice -p`,
    `reset ${D} --all`,
    `add ${D} q target.txt --roles targets/nosuch -p`,
    `reset ${D} --all`,
    `delegation add ${D} targets/nosuch --all-paths -p`,
    `reset ${D} --all`,
    `delegation remove ${D} targets/nosuch --paths x -p`,
    `reset ${D} --all`,
    `delegation add ${D} targets/alice --all-paths -p`,
    `add ${D} v9 target.txt --roles targets/alice -p`,
    `list ${D}`,
    `delegation add ${D} targets/alice/child bob.crt --all-paths -p`,
    `add ${D} deep target.txt --roles targets/alice/child -p`,
    `add ${D} two target.txt --roles targets,targets/alice -p`,
    `list ${D}`,
    `lookup ${D} deep`,
    `remove ${D} v9 -r targets/alice -p`,
    `witness ${D} targets/alice`,
    `status ${D}`,
    `publish ${D}`,
    `witness ${D} targets/nosuch -p`,
    `reset ${D} --all`,
    `witness ${D} bogus -p`,
    `reset ${D} --all`,
    `witness ${D} targets targets/bob -p`,
    `delegation remove ${D} targets/bob --paths rel- -p`,
    `delegation remove ${D} targets/bob --all-paths -p`,
    `delegation list ${D}`,
    `delegation remove ${D} targets/bob`,
    { run: `delegation remove ${D} targets/bob`, options: { input: 'yes\n' } },
    `delegation remove ${D} targets/nosuch -y`,
    `delegation remove ${D} nosuch -y`,
    `delegation remove ${D} targets/releases 0123 --paths a,b`,
    `status ${D}`,
    `reset ${D} -n 3`,
    `reset ${D} -n 2`,
    `publish ${D}`,
    `delegation list ${D}`,
    `delegation purge ${D} --key nosuch`,
    `publish ${D}`,
    'sh:printf "$(ls .notary/private | head -1)" | wc -c',
    `list ${D}`,
  ]);
});

test('keys are made, listed, carried and rotated', async () => {
  const K = 'example.com/rotate';
  const P = 'sandbox-passphrase';
  await compare([
    `init ${K} -p`,
    'key generate',
    'key generate ecdsa --role targets',
    'key generate ECDSA -r alice2',
    'key generate rsa',
    'key generate ed25519',
    'key generate -o made',
    'sh:stat -c "%n %a" made*; grep -e "-----" -e role made*',
    'key list',
    'key remove nosuchid',
    `key remove ${'0'.repeat(64)}`,
    `key passwd ${'0'.repeat(64)}`,
    'key passwd nosuchid',
    'key import nosuch.pem',
    'sh:printf nothing > empty.pem; openssl ecparam -name prime256v1 -genkey -noout -out plain.pem; openssl pkcs8 -topk8 -in plain.pem -nocrypt -out p8.pem; openssl pkcs8 -topk8 -in plain.pem -v2prf hmacWithSHA1 -v2 aes-256-cbc -passout pass:sandbox-passphrase -out enc.pem; openssl genpkey -algorithm ed25519 -out ed.pem',
    'key import empty.pem',
    'key import enc.pem',
    'key import plain.pem -r targets',
    'key import plain.pem -r targets -g example.com/other',
    'key import p8.pem',
    'key list',
    'sh:rm .notary/private/*; true',
    'key list',
    'key export',
    `init ${K}2 -p`,
    'key export -o all.pem',
    'sh:grep -c path: all.pem; stat -c %a all.pem',
    `key export --gun ${K}2 -o gun.pem`,
    'sh:grep -c path: gun.pem; grep role: gun.pem | sort',
    `key export --gun ${K}2 --key x`,
    'key export --key nosuch',
    'sh:rm .notary/private/*',
    'key import all.pem',
    'key list',
    `add ${K}2 v1 all.pem -p`,
    `key rotate ${K}2 snapshot -r`,
    'key list',
    `key rotate ${K}2 targets`,
    'key list',
    `key rotate ${K}2 snapshot`,
    `key rotate ${K}2 timestamp -r`,
    `key rotate ${K}2 timestamp`,
    `key rotate ${K}2 targets -r`,
    `key rotate ${K}2 targets/a`,
    `key rotate ${K}2 bogus`,
    { run: `key rotate ${K}2 root`, options: { input: 'no\n' } },
    { run: `key rotate ${K}2 root`, options: { input: 'yes\n' } },
    { run: `key rotate ${K}2 root -l 2`, options: { input: 'YES\n' } },
    { run: `key rotate ${K}2 root -k nosuch.pem`, options: { input: 'y\n' } },
    { run: `key rotate ${K}2 root -k plain.pem`, options: { input: 'y\n' } },
    { run: `key rotate ${K}2 root -k enc.pem`, options: { input: 'y\n' } },
    `key rotate ${K}2 targets -k enc.pem`,
    'sh:openssl ecparam -name prime256v1 -genkey -noout -out t.pem; openssl ecparam -name prime256v1 -genkey -noout -out t2.pem',
    `key rotate ${K}2 targets -k t.pem,t2.pem`,
    'key list',
    `add ${K}2 v2 all.pem -p`,
    `list ${K}2`,
    `key rotate example.com/never snapshot`,
    'key list',
    { run: 'key list', options: { withoutPassphrases: true } },
    { run: `add ${K}2 v3 all.pem -p`, options: { withoutPassphrases: true } },
    `reset ${K}2 --all`,
    { run: `add ${K}2 v3 all.pem -p`, options: { env: { NOTARY_TARGETS_PASSPHRASE: 'wrong' } } },
    { run: `publish ${K}2`, options: { env: { NOTARY_SNAPSHOT_PASSPHRASE: 'wrong' } } },
    `reset ${K}2 --all`,
    { run: 'key generate', options: { withoutPassphrases: true } },
    { run: `init ${K}3`, options: { withoutPassphrases: true } },
    { run: `key rotate ${K}2 targets`, options: { env: { NOTARY_ROOT_PASSPHRASE: 'wrong' } } },
    { run: `init ${K}4 --rootkey enc.pem`, options: { env: { NOTARY_ROOT_PASSPHRASE: 'wrong' } } },
    `init ${K}4 --rootkey plain.pem`,
    `init ${K}4 --rootkey empty.pem`,
    `init ${K}4 --rootkey nosuch.pem`,
    `init ${K}4 --rootcert nosuch.pem`,
    `init ${K}4 --rootcert empty.pem`,
    `sh:openssl pkey -in enc.pem -passin pass:${P} -out enc-plain.pem; openssl req -x509 -new -key enc-plain.pem -days 3650 -subj /CN=${K}4 -addext basicConstraints=critical,CA:FALSE -out root.crt; openssl req -x509 -new -key t.pem -days 3650 -subj /CN=${K}4 -out wrong.crt`,
    `init ${K}4 --rootcert wrong.crt`,
    `init ${K}4 --rootkey enc.pem --rootcert wrong.crt`,
    `init ${K}4 --rootkey enc.pem --rootcert root.crt -p`,
    `list ${K}4`,
    `init ${K}4 --rootcert root.crt`,
  ]);
});

test('what is pinned is trusted, and nothing else', async () => {
  const P = 'example.com/pinned';
  const A = 'example.com/authority';
  const config = (name: string, pinning: string) =>
    `sh:printf '{"remote_server":{"url":"https://notaryserver:4443","root_ca":".notary/ca.crt"},"trust_pinning":%s}' '${pinning}' > ${name}.json`;
  const issue =
    'openssl x509 -req -in leaf.csr -CA pin-ca.crt -CAkey pin-ca.key -CAcreateserial -days 300 -extfile leaf.ext -out leaf.crt';
  await compare([
    `publish ${P}`,
    config('wrong', `{"certs":{"${P}":["0a1b"]}}`),
    '-c wrong.json -d fresh list example.com/pinned',
    config('pattern', '{"certs":{"example.com/*":["0a1b"],"example.com/pin*":["0c"]}}'),
    '-c pattern.json -d fresh list example.com/pinned',
    config('none', '{"disable_tofu":true}'),
    '-c none.json -d fresh list example.com/pinned',
    config('bad', `{"certs":{"${P}":"0a1b"}}`),
    '-c bad.json -d fresh list example.com/pinned',
    config('noca', '{"ca":{"example.com/":"nosuch.crt"}}'),
    '-c noca.json -d fresh list example.com/pinned',
    `sh:id=$(grep -o '"root":{"keyids":\\["[0-9a-f]*' .notary/tuf/${P}/metadata/root.json | tail -c 65); printf '{"remote_server":{"url":"https://notaryserver:4443","root_ca":".notary/ca.crt"},"trust_pinning":{"certs":{"${P}":["%s"]}}}' $id > right.json; grep -c certs right.json`,
    '-c right.json -d fresh list example.com/pinned',
    'sh:openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout pin-ca.key -out pin-ca.crt -days 300 -subj /CN=pin-ca 2>/dev/null; openssl ecparam -name prime256v1 -genkey -noout -out leaf.pem',
    `sh:openssl req -new -key leaf.pem -subj /CN=${A} -out leaf.csr; printf 'basicConstraints=critical,CA:FALSE' > leaf.ext; ${issue} 2>/dev/null; openssl pkcs8 -topk8 -in leaf.pem -v2prf hmacWithSHA1 -v2 aes-256-cbc -passout pass:sandbox-passphrase -out leaf-key.pem`,
    `init ${A} --rootkey leaf-key.pem --rootcert leaf.crt -p`,
    config('ca', '{"ca":{"example.com/":"pin-ca.crt"},"disable_tofu":true}'),
    `-c ca.json -d fresh2 list ${A}`,
    `-c ca.json -d fresh2 list ${P}`,
  ]);
});

describe('in a terminal', () => {
  const T = 'example.com/terminal';
  const good = 'sandbox-passphrase';
  test.each([
    { words: 'key generate', answers: ['short', good, 'another-one', good, good] },
    { words: `init ${T}`, answers: [good, good, good, good, good] },
    { words: `publish ${T}`, answers: [good, good] },
    { words: `key rotate ${T} root`, answers: ['no'] },
    { words: `key rotate ${T} targets`, answers: [good, good, good, good] },
    { words: `witness ${T} targets -p`, answers: ['wrong-one', 'wrong-two', good, good] },
    { words: 'key generate -o made', answers: [good, good] },
    { words: '-v -s https://notaryserver:4451 list x/y', answers: [] },
    { words: 'key remove 0', answers: [] },
    { words: `delegation remove ${T} targets/a`, answers: ['no'] },
  ])('notary $words asks the same and hears the same', async ({ words, answers }) => {
    const expected = await real.terminal(words.split(' '), answers);
    for (const [who, side] of others) {
      const found = await side.terminal(words.split(' '), answers);
      expect.soft(comparable(found, side.workspace), who).toBe(comparable(expected, real.workspace));
    }
  });
});
