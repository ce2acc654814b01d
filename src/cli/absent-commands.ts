const CONTAINERS = 'makes or changes containers; here the services of a sandbox are the only ones';
const FILES =
  'moves files of containers; here those of a service are at hand by exec: exec SERVICE cat FILE, exec -i SERVICE sh -c "cat > FILE"';
const CLUSTER = 'is about clusters, which there are none of here';
const BUILDS = 'builds images; here they are pulled, loaded and imported';

const REASONS: Readonly<Record<string, string>> = {
  run: CONTAINERS,
  create: CONTAINERS,
  commit: CONTAINERS,
  update: CONTAINERS,
  checkpoint: CONTAINERS,
  cp: FILES,
  export: FILES,
  stats: 'shows what containers use; here the services of a sandbox share one process, which top shows',
  build: BUILDS,
  builder: BUILDS,
  buildx: BUILDS,
  config: CLUSTER,
  node: CLUSTER,
  secret: CLUSTER,
  service: CLUSTER,
  stack: CLUSTER,
  swarm: CLUSTER,
  plugin: 'is about plugins, which there are none of here',
};

const INSTEAD: Readonly<Record<string, string>> = {
  run: 'Another docker runs what is signed, and nothing else, by: docker run "$(trustsandbox trust resolve IMAGE)"',
  create:
    'Another docker takes what is signed, and nothing else, by: docker create "$(trustsandbox trust resolve IMAGE)"',
  build: 'trustsandbox trust check DOCKERFILE tells which of the images are signed that a file builds on.',
};

const GROUPS: ReadonlySet<string> = new Set(['container', 'image']);

/**
 * Why one of docker's commands is not here, and what to do instead; undefined for what is none. `words` are those after the
 * program's name: `run`, `container run`.
 */
export function absentCommand(words: readonly string[], program: string): string | undefined {
  const [word = '', ...groups] = words.toReversed();
  const isOne = groups.length === 0 || (groups.length === 1 && GROUPS.has(groups[0] ?? ''));
  if (!isOne || !Object.hasOwn(REASONS, word)) return undefined;
  const instead = INSTEAD[word];
  return `${program} has no ${words.join(' ')}: it ${REASONS[word]}.${instead === undefined ? '' : `\n${instead}`}`;
}
