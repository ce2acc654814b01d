import {
  errorMessage,
  humanCount,
  type ImageReference,
  parseImageReference,
  TrustSandboxError,
} from '../../core/index.ts';
import {
  examineAdministration,
  examineKeyFiles,
  examineRoles,
  examineSigning,
  explainFailure,
  type Finding,
  listTargets,
  ok,
  problem,
  type TrustCollection,
  type TrustRepository,
  type Workplace,
  warning,
} from '../../trust/index.ts';
import { atMost, defineCommand } from '../command.ts';
import { readDockerConfig } from '../docker-config.ts';
import { type Io, printLine } from '../io.ts';
import { parseFormat } from '../report-format.ts';
import { isContentTrustOn } from './content-trust.ts';
import { DOCKER_ROLES, findSignedTarget, signedUntil } from './signed-image.ts';
import {
  findServerUrl,
  openRepository,
  openTrustContext,
  type TrustContext,
  throwIfInterrupted,
} from './trust-context.ts';
import { TRUST_FLAGS, trustOptions } from './trust-flags.ts';
import { chosenRules } from './trust-options.ts';

/** `trust doctor`. */
export const doctor = defineCommand({
  usage: '[OPTIONS] [IMAGE[:TAG]]',
  summary: 'Explain in sentences why a pull or a signature would fail now, and what would help',
  arguments: atMost(1),
  flags: { format: { kind: 'string', value: 'string', help: 'text or json (default text)' }, ...TRUST_FLAGS },
  parse: ({ format, ...flags }, [image]) => ({
    image,
    isJson: parseFormat(format) === 'json',
    options: trustOptions(flags),
  }),
  async run({ image, isJson, options }, io) {
    const context = await openTrustContext(io, {}, options);
    const findings = await examine(image, context);
    if (isJson) printLine(io.stdout, JSON.stringify({ image: image ?? null, findings }, undefined, 2));
    else for (const finding of findings) printFinding(finding, io);
    return findings.some(({ severity }) => severity === 'problem') ? 1 : 0;
  },
});

/** Looks at the machine, and at one image's trust data if one is named. Changes nothing but the cache. */
export async function examine(image: string | undefined, context: TrustContext): Promise<readonly Finding[]> {
  const findings = [...(await examineSettings(context)), ...(await examineKeyFiles(context.directory))];
  if (image === undefined) return findings;
  return [...findings, ...(await examineImage(parseImageReference(image), image, context))];
}

async function examineSettings({ io, surroundings, options = {} }: TrustContext): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  const { dockerConfig } = surroundings;
  try {
    await readDockerConfig(dockerConfig);
    const { mode } = await chosenRules(options, io, dockerConfig);
    findings.push(ok('SETTINGS', `Configuration is in ${dockerConfig}; verification is ${mode}.`));
  } catch (thrown) {
    if (!(thrown instanceof TrustSandboxError)) throw thrown;
    findings.push(
      problem(thrown.code, `The configuration in ${dockerConfig} cannot be used: ${errorMessage(thrown)}.`),
    );
  }
  if (!isContentTrustOn(io, undefined)) {
    const says = 'Content trust is off here: pull and push ask no signature.';
    findings.push(warning('CONTENT_TRUST_OFF', says, 'export DOCKER_CONTENT_TRUST=1'));
  }
  const { sandboxTrustServer } = surroundings;
  if (sandboxTrustServer !== undefined && !io.env.DOCKER_CONTENT_TRUST_SERVER) {
    const says = `DOCKER_CONTENT_TRUST_SERVER is not set: each registry is asked for trust data itself, and not ${sandboxTrustServer}, which this sandbox has.`;
    const remedy = surroundings.isSandbox
      ? 'eval "$(trustsandbox env)"'
      : `export DOCKER_CONTENT_TRUST_SERVER=${sandboxTrustServer}`;
    findings.push(warning('TRUST_SERVER_UNSET', says, remedy));
  }
  return findings;
}

async function examineImage(
  reference: ImageReference,
  name: string,
  context: TrustContext,
): Promise<readonly Finding[]> {
  const { io, directory } = context;
  const findings: Finding[] = [];
  try {
    const url = await findServerUrl(context, reference.domain);
    findings.push(ok('TRUST_SERVER', `The trust server of ${name} is ${url}.`));
    const repository = await openRepository(context, reference);
    const isTag = reference.tag !== undefined || reference.digest !== undefined;
    findings.push(...(isTag ? await examinePull(repository, reference, name) : await examineTags(repository, name)));
    const collection = await latest(repository);
    if (!collection) return findings;
    const workplace: Workplace = { keys: await repository.keys.list(), directory, now: io.clock.now() };
    findings.push(...examineRoles(collection, workplace));
    findings.push(...examineSigning(collection, reference.tag ?? 'latest', workplace));
    findings.push(...examineAdministration(collection, workplace));
    findings.push(...(await examineStaged(repository, name)));
  } catch (thrown) {
    throwIfInterrupted(io, thrown);
    findings.push(explainFailure(name, thrown));
  }
  return findings;
}

/** Whether trusted pulls would find anything now. */
async function examineTags(repository: TrustRepository, name: string): Promise<readonly Finding[]> {
  try {
    const { length: count } = await repository.select((collection) =>
      listTargets(collection, DOCKER_ROLES).filter(({ role }) => DOCKER_ROLES.includes(role)),
    );
    if (count > 0) return [ok('CAN_PULL', `${humanCount(count, 'tag')} of ${name} can be pulled.`)];
    return [warning('NO_TAGS', `No tag of ${name} is signed.`, `trustsandbox push or trust sign ${name}:TAG`)];
  } catch (thrown) {
    return [explainFailure(name, thrown)];
  }
}

/** Whether a trusted pull would find the tag now. */
async function examinePull(
  repository: TrustRepository,
  reference: ImageReference,
  name: string,
): Promise<readonly Finding[]> {
  try {
    let until = '';
    const [target] = await repository.select((collection) => {
      const found = findSignedTarget(collection, reference);
      until = signedUntil(collection, found).toISOString().slice(0, 10);
      return [found];
    }, reference.tag);
    return [ok('CAN_PULL', `${name} can be pulled: ${target?.role} has it, until ${until}.`)];
  } catch (thrown) {
    return [explainFailure(name, thrown)];
  }
}

/** The trust data past its dates; undefined where there is none to be had. */
async function latest(repository: TrustRepository): Promise<TrustCollection | undefined> {
  try {
    return await repository.updateExpired();
  } catch (thrown) {
    if (thrown instanceof TrustSandboxError) return undefined; // told of already
    throw thrown;
  }
}

async function examineStaged(repository: TrustRepository, name: string): Promise<readonly Finding[]> {
  const staged = await repository.changes.show();
  if (staged.length === 0) return [];
  const says = `${humanCount(staged.length, 'change')} of ${name} staged and not published.`;
  return [warning('STAGED', says, 'trustsandbox notary status, and publish or reset')];
}

/** A finding, and below it what would help, in the words that are typed here: we may be called `docker`. */
export function printFinding({ severity, says, remedy }: Finding, { stdout, program }: Io): void {
  printLine(stdout, `${severity.padEnd(7)}  ${says}`);
  const typed = remedy?.replaceAll(/\btrustsandbox (?=trust|login|push)/g, `${program} `);
  if (typed !== undefined) printLine(stdout, `         ${typed}`);
}
