import type { DockerfileImage } from '../../trust/index.ts';
import { defineCommand, exactly } from '../command.ts';
import { type Io, printLine } from '../io.ts';
import { parseFormat } from '../report-format.ts';
import { formatTable } from '../table.ts';
import { type CheckedImage, checkImage } from './checked-image.ts';
import { BUILD_ARG, parseBuildArguments, readDockerfile } from './dockerfile-input.ts';
import { REGISTRY_FLAG, withRegistry } from './registry-flag.ts';
import type { FetchManifest } from './remote-manifest.ts';
import { openTrustContext, type TrustContext } from './trust-context.ts';
import { TRUST_FLAGS, trustOptions } from './trust-flags.ts';

/** An image of a Dockerfile, and what became of it; `allowed` is refused, and allowed all the same. */
type Finding = DockerfileImage & (CheckedImage | { readonly status: 'allowed'; readonly reason: string });

/** `trust check`. */
export const check = defineCommand({
  usage: '[OPTIONS] DOCKERFILE',
  summary: 'Tell which images of a Dockerfile are signed, by whom and until when',
  arguments: exactly(1),
  flags: {
    'allow-unsigned': {
      kind: 'list',
      value: 'IMAGE',
      help: 'An image, or what images begin with before *, that need not be signed',
    },
    'build-arg': BUILD_ARG,
    format: { kind: 'string', value: 'string', help: 'text or json (default text)' },
    ...REGISTRY_FLAG,
    ...TRUST_FLAGS,
  },
  parse: (
    { format, registry = false, 'build-arg': given = [], 'allow-unsigned': allowed = [], ...flags },
    [path = ''],
  ) => ({
    path,
    given,
    allowed,
    isJson: parseFormat(format) === 'json',
    isRegistryAsked: registry,
    options: trustOptions(flags),
  }),
  async run({ path, given, allowed, isJson, isRegistryAsked, options }, io) {
    const images = await readDockerfile(path, parseBuildArguments(given, io.env), io);
    const context = await openTrustContext(io, {}, options);
    const findings = await withRegistry(isRegistryAsked, io, (fetch) => checkImages(images, allowed, context, fetch));
    if (isJson) printLine(io.stdout, JSON.stringify({ dockerfile: path, images: findings }, undefined, 2));
    else printFindings(findings, io);
    return findings.some(({ status }) => status === 'refused') ? 1 : 0;
  },
});

/** One image once, however often it is named. */
export async function checkImages(
  images: readonly DockerfileImage[],
  allowed: readonly string[],
  context: TrustContext,
  fetch?: FetchManifest,
): Promise<readonly Finding[]> {
  const known = new Map<string, CheckedImage>();
  const findings: Finding[] = [];
  for (const image of images) {
    const found = known.get(image.image) ?? (await checkImage(image.image, context, fetch));
    known.set(image.image, found);
    const isExcused = found.status === 'refused' && allowed.some((pattern) => isNamed(image.image, pattern));
    findings.push({ ...image, ...(isExcused ? { status: 'allowed', reason: found.reason } : found) });
  }
  return findings;
}

function isNamed(image: string, pattern: string): boolean {
  return pattern.endsWith('*') ? image.startsWith(pattern.slice(0, -1)) : image === pattern;
}

function printFindings(findings: readonly Finding[], { stdout, stderr }: Io): void {
  const rows = findings.map((finding) => {
    const { line, use, image, status } = finding;
    const [by, until] =
      finding.status === 'signed' ? [finding.signers.join(', '), finding.until.slice(0, 10)] : ['', ''];
    return [String(line), use, image, status, by, until];
  });
  stdout.write(formatTable([['LINE', 'USE', 'IMAGE', 'STATUS', 'SIGNERS', 'UNTIL'], ...rows]));
  for (const finding of findings) {
    if (finding.status === 'refused') printLine(stderr, `line ${finding.line}: ${finding.image}: ${finding.reason}`);
  }
}
