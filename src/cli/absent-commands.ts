const CONTAINERS = 'makes or changes containers; here the services of a sandbox are the only ones';
const CLUSTER = 'is about clusters, which there are none of here';
const BUILDS = 'builds images; here they are pulled, loaded and imported';

const REASONS: Readonly<Record<string, string>> = {
  run: CONTAINERS,
  create: CONTAINERS,
  commit: CONTAINERS,
  update: CONTAINERS,
  checkpoint: CONTAINERS,
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

/** Why one of docker's commands is not here, and what to do instead; undefined for what is none. */
export function absentCommand(word: string, program: string): string | undefined {
  if (!Object.hasOwn(REASONS, word)) return undefined;
  const instead = INSTEAD[word];
  return `${program} has no ${word}: it ${REASONS[word]}.${instead === undefined ? '' : `\n${instead}`}`;
}
