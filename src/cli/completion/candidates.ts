import { isJsonObject, type JsonObject, type JsonValue } from '../../core/index.ts';
import type { EngineClient } from '../../engine/client/index.ts';
import { DEFAULT_CONTEXT, listContexts } from '../context/context-store.ts';
import { memberOf, readDockerConfig } from '../docker-config.ts';
import { withEngine } from '../engine-session.ts';
import type { Io } from '../io.ts';
import { findSurroundings } from '../surroundings.ts';
import type { CandidateKind } from './candidate-kind.ts';
import type { Candidate } from './complete.ts';

const SHORT_ID = 12;
const PATIENCE_MS = 2000; // who waits at a prompt for an Engine that does not answer

/** What there is of a kind; `files` leaves it to the shell. */
export async function findCandidates(kind: CandidateKind, io: Io): Promise<readonly Candidate[] | 'files'> {
  if (typeof kind !== 'string') return kind.map((text) => ({ text }));
  switch (kind) {
    case 'files':
      return 'files';
    case 'nothing':
      return [];
    case 'contexts': {
      const { contextFolder } = await findSurroundings(io);
      const names = (await listContexts(contextFolder)).map(({ name }) => name);
      return [DEFAULT_CONTEXT, ...names].map((text) => ({ text }));
    }
    case 'servers': {
      const { dockerConfig } = await findSurroundings(io);
      const auths = memberOf((await readDockerConfig(dockerConfig)).value, 'auths');
      return Object.keys(auths).map((text) => ({ text }));
    }
    default:
      return soon(withEngine(io, ({ engine }) => LISTS[kind](engine)));
  }
}

const LISTS: Readonly<Record<EngineKind, (engine: EngineClient) => Promise<Candidate[]>>> = {
  async containers(engine) {
    const containers = await engine.listContainers({ all: true });
    return containers.flatMap(({ Names: names, Image: image }) =>
      listOf(names).map((name) => ({ text: name.replace(/^\//, ''), help: typeof image === 'string' ? image : '' })),
    );
  },
  async images(engine) {
    const images = await engine.listImages();
    return images.flatMap(({ RepoTags: tags, Id: id }) => {
      const names = listOf(tags).filter((tag) => tag !== '<none>:<none>');
      const short = typeof id === 'string' ? id.replace(/^sha256:/, '').slice(0, SHORT_ID) : '';
      return (names.length > 0 ? names : [short]).map((text) => ({ text }));
    });
  },
  async networks({ connection }) {
    return namesOf(await connection.json({ method: 'GET', path: '/networks' }));
  },
  async volumes({ connection }) {
    const answer = await connection.json({ method: 'GET', path: '/volumes' });
    return namesOf(isJsonObject(answer) ? (answer.Volumes ?? []) : []);
  },
  async objects(engine) {
    const kinds = (['containers', 'images', 'networks', 'volumes'] as const).map((kind) =>
      LISTS[kind](engine).catch(() => []),
    );
    return (await Promise.all(kinds)).flat();
  },
};

type EngineKind = 'containers' | 'images' | 'networks' | 'objects' | 'volumes';

function namesOf(value: JsonValue): Candidate[] {
  const items: readonly JsonValue[] = Array.isArray(value) ? value : [];
  return items
    .filter(isJsonObject)
    .map(({ Name: name }: JsonObject) => ({ text: typeof name === 'string' ? name : '' }));
}

function listOf(value: JsonValue | undefined): string[] {
  const items: readonly JsonValue[] = Array.isArray(value) ? value : [];
  return items.filter((item): item is string => typeof item === 'string');
}

async function soon<T>(work: Promise<T[]>): Promise<T[]> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<T[]>((resolve) => {
    timer = setTimeout(() => resolve([]), PATIENCE_MS);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
