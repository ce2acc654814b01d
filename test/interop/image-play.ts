import { join } from 'node:path';
import { type Outcome, run } from './peers/run.ts';
import type { Workspace } from './peers/workspace.ts';

/** How a command's output may be told apart from another's that means the same. */
type Order = 'as it is' | 'any';

export interface PlayedCommand {
  /** A line of shell; `$D` is the program. */
  readonly line: string;
  /** Of lines on stdout: engines give images of one date in an order of their own. */
  readonly order: Order;
}

export const REGISTRY = '127.71.9.1:5000';
const R = `${REGISTRY}/test/played`;
const [ID, ID2] = ['066f08fc7b25', '4f7f0b7b914f'];
const MISSING = '0'.repeat(64);

export const as = (order: Order, lines: readonly string[]): PlayedCommand[] => lines.map((line) => ({ line, order }));

/** docker's whole list of commands about images, with their flags and their failures; one long play. */
export const IMAGE_PLAY: readonly PlayedCommand[] = [
  ...as('as it is', [
    '$D load -i $IMAGES/trusttest.tar',
    '$D load -q -i $IMAGES/trusttest2.tar',
    '$D load < $IMAGES/trusttest.tar',
    '$D load -i nosuch',
    '$D load --platform linux/amd64 -i $IMAGES/trusttest.tar',
    '$D load a',
  ]),
  ...as('any', [
    '$D images',
    '$D images -a',
    '$D images -q',
    '$D images --digests',
    '$D images --no-trunc',
    '$D image ls docker/trusttest',
    '$D image list "docker/*"',
    '$D images --format "{{.Repository}} {{.Tag}} {{.ID}} {{.Size}} {{.CreatedSince}} {{.CreatedAt}} {{.Digest}} {{.Containers}} {{.SharedSize}} {{.UniqueSize}} {{.VirtualSize}}"',
    '$D images --format json',
    '$D images --format raw',
    '$D images -q --format raw',
    '$D images --format "table {{.ID}}\\t{{.Tag}}"',
  ]),
  ...as('as it is', [
    '$D images docker/trusttest:v2',
    '$D images nosuch',
    '$D images UPPER',
    '$D images -f reference="docker/*:v2"',
    '$D images -f dangling=true',
    '$D images -f foo',
    '$D images -f before=docker/trusttest:v2',
    '$D images -f since=docker/trusttest:v2',
    '$D images -f since=nosuch',
    '$D images -f label=x',
    '$D images --format "{{.Foo}}"',
    '$D images --tree',
    '$D images --bad',
    `$D image inspect docker/trusttest -f '{{.ID}} {{.RepoTags}} {{.Size}} {{.Architecture}} {{.Os}} {{.Created}} {{.RootFS.Layers}} {{.Comment}} {{.Author}}'`,
    '$D image inspect nosuch',
    `$D image inspect nosuch docker/trusttest -f '{{.ID}}'`,
    '$D image inspect ""',
    `$D image inspect ${ID} -f '{{.ID}}'`,
    `$D image inspect 066 -f '{{.ID}}'`,
    `$D image inspect sha256:066f -f '{{.ID}}'`,
    '$D image inspect --platform linux/amd64 docker/trusttest',
    '$D image inspect',
    `$D inspect docker/trusttest -f '{{.Id}}'`,
    '$D inspect --type image nosuch',
    '$D inspect nosuch',
    '$D history docker/trusttest',
    '$D history -q docker/trusttest',
    '$D history --no-trunc docker/trusttest',
    '$D history -q --no-trunc docker/trusttest',
    '$D history -H=false docker/trusttest',
    '$D history --format json docker/trusttest',
    '$D history --format "{{.ID}} {{.CreatedSince}} {{.CreatedAt}} {{.CreatedBy}} {{.Size}} {{.Comment}}" docker/trusttest',
    '$D image history nosuch',
    '$D history --platform linux/amd64 docker/trusttest',
    '$D history',
    '$D tag docker/trusttest x/y:1',
    '$D image tag docker/trusttest x/y',
    '$D tag nosuch x/y',
    '$D tag docker/trusttest UPPER',
    `$D tag docker/trusttest x@sha256:${MISSING}`,
    '$D tag docker/trusttest x:-bad',
    `$D tag ${ID} byid:1`,
    `$D tag sha256:${ID} byid:2`,
    '$D tag docker/trusttest',
    `$D tag docker/trusttest ${MISSING}`,
    // push and pull
    `$D tag docker/trusttest ${R}:1`,
    `$D tag docker/trusttest:v2 ${R}:2`,
    `$D push -q ${R}:1`,
    `$D image push -a -q ${R}`,
    `$D push ${R}:nosuch`,
    `$D push ${REGISTRY}/nosuch`,
    `$D push -a ${R}:1`,
    `$D push ${R}@sha256:${MISSING}`,
    '$D push UPPER',
    '$D push',
    `$D push --platform linux/amd64 ${R}:1`,
    `$D images ${R} --digests --format "{{.Tag}} {{.ID}}" | sort`,
    `$D image inspect ${R}:1 -f '{{len .RepoDigests}} {{len .RepoTags}}'`,
    `$D rmi ${R}:1 | grep -v sha256`,
    `$D rmi -f ${R}:2 ${ID2} | grep -v @sha256`,
    `$D pull -q ${R}:1`,
    `$D pull ${R}:1 | grep -v sha256`,
    `$D image pull -a ${R} | grep -v -e sha256 -e "^[0-9a-f]*: "`,
    `$D pull -a -q ${R}`,
    `$D pull ${R}:nosuch`,
    `$D pull ${REGISTRY}/nosuch`,
    `$D pull ${R}@sha256:${MISSING}`,
    `$D pull -a ${R}:1`,
    '$D pull nosuch:::',
    '$D pull UPPER',
    '$D pull ""',
    '$D pull',
    '$D pull a b',
    `$D pull --platform linux/amd64 -q ${R}:1`,
    `$D pull --disable-content-trust=false -q ${R}@sha256:${MISSING}`,
    // removing
    '$D rmi nosuch x/y:1 nosuch2',
    '$D rmi x/y',
    '$D rmi byid:1 byid:2',
    '$D rmi nosuch',
    '$D rmi -f nosuch',
    '$D rmi "bad ref"',
    '$D rmi ""',
    '$D image rm',
    `$D rmi ${ID}`,
    `$D rmi -f ${ID} | grep -v @sha256 | sort`,
    '$D image remove -f nosuch',
    '$D rmi --no-prune docker/trusttest:v2',
    `$D rmi ${R}:2 | grep -v @sha256`,
    '$D load -q -i $IMAGES/trusttest.tar',
    `$D rmi sha256:${ID}`,
    // saving and loading
    '$D load -q -i $IMAGES/trusttest.tar',
    '$D save docker/trusttest -o out.tar',
    '$D save -o /nosuch/dir/x docker/trusttest',
    '$D image save',
    '$D save "bad ref"',
    '$D save --platform linux/amd64 docker/trusttest -o out.tar',
    '$D save docker/trusttest | tar t | grep -c manifest.json',
    `$D save ${ID} -o by-id.tar`,
    '$D rmi docker/trusttest',
    '$D load -i out.tar',
    '$D rmi docker/trusttest',
    '$D load -i by-id.tar',
    '$D images -f dangling=true --format "{{.Repository}} {{.Tag}} {{.ID}}"',
    '$D image prune < /dev/null',
    'echo n | $D image prune',
    '$D image prune -f --filter until=24h',
    '$D image prune -f',
    '$D image prune x',
    // importing
    'tar cf files.tar --mtime=@0 -C $IMAGES . && $D import files.tar imp:1 | wc -c',
    '$D image import -m msg -c "CMD echo hi" -c "ENV A=1" -c "EXPOSE 80" - imp:2 < files.tar | wc -c',
    `$D image inspect imp:2 -f '{{json .Config.Cmd}} {{.Config.Env}} {{.Comment}} {{.Os}} {{.Size}}'`,
    '$D history imp:2 --format "{{.CreatedBy}}|{{.Comment}}|{{.Size}}"',
    '$D import - -c "RUN x" < /dev/null',
    '$D import nosuch',
    '$D import - UPPER < /dev/null',
    '$D import',
    '$D import - < /dev/null | wc -c',
    '$D images -a -f dangling=true --format "{{.Repository}} {{.Tag}} {{.Size}}"',
    '$D image prune -f | grep -v deleted',
    '$D image prune -a -f --filter until=876000h',
    '$D image prune -a -f | grep -v deleted | sort',
    '$D images -q',
    '$D image',
    '$D image nosuch',
    '$D image --bad',
  ]),
];

/** Does all of a play with one program on one Engine. */
export async function play(
  workspace: Workspace,
  program: readonly string[],
  env: Readonly<Record<string, string>>,
  commands: readonly PlayedCommand[] = IMAGE_PLAY,
): Promise<Outcome[]> {
  const quoted = program.map((word) => `'${word}'`).join(' ');
  const variables = { HOME: workspace.path, IMAGES: join(import.meta.dirname, '../golden/recordings/images'), ...env };
  const outcomes: Outcome[] = [];
  for (const { line, order } of commands) {
    const script = `docker_() { ${quoted} "$@"; }; ${line.replaceAll('$D ', 'docker_ ')}`;
    const outcome = await run('bash', ['-c', script], { cwd: workspace.path, env: variables });
    outcomes.push({ ...outcome, command: line, stdout: order === 'any' ? sorted(outcome.stdout) : outcome.stdout });
  }
  return outcomes;
}

function sorted(text: string): string {
  return text.split('\n').sort().join('\n');
}

/** Both outcomes of each command that came out differently, by command. */
export function differences(ours: readonly Outcome[], theirs: readonly Outcome[]): Record<string, readonly string[]> {
  const found = ours.flatMap((mine, i) => {
    const pair = [textOf(mine), textOf(theirs[i] ?? mine)] as const;
    return pair[0] === pair[1] ? [] : [[mine.command, pair] as const];
  });
  return Object.fromEntries(found);
}

/** All that can be seen of a command, without what differs from run to run. */
function textOf({ status, stdout, stderr }: Outcome): string {
  const text = `${stdout}${stderr && `! ${stderr}`}=> ${status}`;
  return text
    .replace(/\b(About an? \w+|Less than a second|\d+ \w+) ago\b/g, 'SOME TIME ago')
    .replace(/20\d\d-\d\d-\d\d[T ][\d:.]+/g, 'TIME');
}
