import { isAbsolute, resolve } from 'node:path';
import * as v from 'valibot';
import { isMap, isScalar, LineCounter, type Node, parseDocument } from 'yaml';
import { TrustSandboxError } from '../core/index.ts';
import { findServiceKind, listServiceKinds, type ServiceKind } from './service-kind.ts';

/** A folder seen inside a service's box. */
export interface Mount {
  readonly source:
    | { readonly kind: 'volume'; readonly name: string }
    | { readonly kind: 'bind'; readonly path: string };
  /** Absolute path inside. */
  readonly target: string;
  readonly readOnly: boolean;
}

/** One service as the sandbox will play it. */
export interface ServicePlan {
  readonly name: string;
  readonly kind: ServiceKind;
  readonly image: string;
  readonly containerName: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly mounts: readonly Mount[];
  readonly networks: readonly string[];
}

/** A compose file, read. */
export interface ComposePlan {
  readonly services: readonly ServicePlan[];
  readonly volumes: readonly string[];
  readonly networks: readonly string[];
}

/** Every problem of a compose file, each with its line. */
export class ComposeFileError extends TrustSandboxError {
  readonly code = 'SANDBOX_COMPOSE_FILE';
  readonly problems: readonly string[];
  constructor(file: string, problems: readonly string[]) {
    super(`${file}: ${problems.join(`\n${file}: `)}`);
    this.problems = problems;
  }
}

const scalar = v.union([v.string(), v.number(), v.boolean()]);
const keyValues = v.union([v.array(v.string()), v.record(v.string(), v.nullable(scalar))]);
const words = v.union([v.string(), v.array(v.string())]);
const names = v.union([v.array(v.string()), v.record(v.string(), v.unknown())]);
const identifier = v.pipe(
  v.string(),
  v.regex(/^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/, 'must be letters, digits, "_", "." and "-"'),
);

const serviceSchema = v.strictObject({
  image: v.string(),
  container_name: v.optional(identifier),
  hostname: v.optional(v.string()),
  environment: v.optional(keyValues, []),
  volumes: v.optional(v.array(v.string()), []),
  networks: v.optional(names, []),
  depends_on: v.optional(names),
  privileged: v.optional(v.boolean()),
  restart: v.optional(v.string()),
  // What a real container would run; a played service runs its own, so these say nothing here.
  entrypoint: v.optional(v.nullable(words)),
  command: v.optional(v.nullable(words)),
});

const fileSchema = v.strictObject({
  version: v.optional(scalar),
  name: v.optional(v.string()),
  services: v.record(identifier, serviceSchema),
  volumes: v.optional(
    v.nullable(v.record(identifier, v.nullable(v.strictObject({ external: v.optional(v.literal(false)) })))),
    {},
  ),
  networks: v.optional(
    v.nullable(
      v.record(
        identifier,
        v.nullable(v.strictObject({ external: v.optional(v.literal(false)), driver: v.optional(v.string()) })),
      ),
    ),
    {},
  ),
});

type ComposeFile = v.InferOutput<typeof fileSchema>;
type ComposeService = ComposeFile['services'][string];

/**
 * Reads a compose file (Compose Specification) for services the sandbox can play.
 * `file` is its name in messages, `folder` what relative paths start from.
 * @throws {ComposeFileError} with every problem found, by service and line
 */
export function parseComposeFile(
  text: string,
  { file, folder, project }: { file: string; folder: string; project: string },
): ComposePlan {
  const lines = new LineCounter();
  const document = parseDocument(text, { merge: true, lineCounter: lines });
  if (document.errors.length > 0)
    throw new ComposeFileError(
      file,
      document.errors.map((error) => error.message),
    );
  const lineOf = (path: readonly (string | number)[]): number => lines.linePos(offsetOf(document.contents, path)).line;
  const parsed = v.safeParse(fileSchema, document.toJS({ maxAliasCount: 100 }));
  if (!parsed.success) {
    throw new ComposeFileError(
      file,
      parsed.issues.map((issue) => {
        const path = (issue.path ?? []).map(({ key }) => key as string | number);
        const known = issue.received !== 'undefined' && issue.expected === 'never';
        const what = known ? 'this is not something the sandbox can play' : issue.message;
        return `line ${lineOf(path)}: ${path.join('.')}: ${what}`;
      }),
    );
  }
  const problems: string[] = [];
  const services = Object.entries(parsed.output.services).flatMap(([name, service]) => {
    const kind = findServiceKind(service.image);
    if (!kind) {
      problems.push(
        `line ${lineOf(['services', name, 'image'])}: service ${name}: the sandbox can't play the image ${service.image}; it can play ${listServiceKinds()}`,
      );
      return [];
    }
    return [planService(name, kind, service, { folder, project })];
  });
  const volumes = Object.keys(parsed.output.volumes ?? {});
  for (const { name, mounts } of services) {
    for (const { source } of mounts) {
      if (source.kind !== 'volume' || volumes.includes(source.name)) continue;
      problems.push(
        `line ${lineOf(['services', name, 'volumes'])}: service ${name} refers to undefined volume ${source.name}`,
      );
    }
  }
  if (problems.length > 0) throw new ComposeFileError(file, problems);
  return { services, volumes, networks: Object.keys(parsed.output.networks ?? {}) };
}

/** Where in the text the node at `path` begins, or its nearest parent that is there. */
function offsetOf(root: Node | null, path: readonly (string | number)[]): number {
  let node: Node | null = root;
  let offset = node?.range?.[0] ?? 0;
  for (const key of path) {
    if (!isMap(node)) break;
    const pair = node.items.find((item) => isScalar(item.key) && item.key.value === key);
    if (!pair) break;
    offset = (pair.key as Node).range?.[0] ?? offset;
    node = pair.value as Node | null;
  }
  return offset;
}

function planService(
  name: string,
  kind: ServiceKind,
  service: ComposeService,
  { folder, project }: { folder: string; project: string },
): ServicePlan {
  return {
    name,
    kind,
    image: service.image,
    containerName: service.container_name ?? `${project}-${name}-1`,
    environment: readKeyValues(service.environment),
    mounts: service.volumes.map((volume) => readMount(volume, folder)),
    networks: Array.isArray(service.networks) ? service.networks : Object.keys(service.networks),
  };
}

function readKeyValues(given: v.InferOutput<typeof keyValues>): Record<string, string> {
  if (!Array.isArray(given))
    return Object.fromEntries(Object.entries(given).map(([key, value]) => [key, String(value ?? '')]));
  return Object.fromEntries(
    given.map((line) => {
      const at = line.indexOf('=');
      return at < 0 ? [line, ''] : [line.slice(0, at), line.slice(at + 1)];
    }),
  );
}

function readMount(text: string, folder: string): Mount {
  const [source = '', target = source, mode = 'rw'] = text.split(':');
  const isPath = isAbsolute(source) || source.startsWith('.');
  return {
    source: isPath ? { kind: 'bind', path: resolve(folder, source) } : { kind: 'volume', name: source },
    target,
    readOnly: mode.split(',').includes('ro'),
  };
}
