import { Readable } from 'node:stream';
import { formatReference, type ImageReference, isDigest, parseImageReference, parseTag } from '../../core/index.ts';
import type { NodeApp } from '../../http/index.ts';
import type { Engine } from '../engine.ts';
import { type Platform, parsePlatform } from '../platform.ts';
import type { ProgressEvent } from '../progress-event.ts';
import { isSameName } from '../same-name.ts';
import { booleanFilter, parseFilters } from './filters.ts';
import { containerCounter, historyJson, inspectJson, summaryJson } from './image-json.ts';
import { importSource } from './import-source.ts';
import { parseRegistryAuth } from './registry-auth.ts';
import { BadParameterError, bytesReply, jsonReply, streamReply } from './reply.ts';
import { abortOnClose, isSet, minorOf } from './request.ts';
import type { EngineApiSettings } from './settings.ts';

const LIST_FILTERS = new Set(['reference', 'dangling', 'label', 'before', 'since', 'until']);
const PRUNE_FILTERS = new Set(['dangling', 'label', 'label!', 'until']);

/** Images of the Docker Engine API (v1.51, "Images"). */
export function routeImages(app: NodeApp, engine: Engine, { log, host, registries }: EngineApiSettings): void {
  app.get('/images/json', async (c) => {
    const filters = parseFilters(c.req.query('filters'), LIST_FILTERS);
    booleanFilter(filters, 'dangling'); // refused where it is neither yes nor no
    const view = {
      minor: minorOf(c),
      hasSharedSize: isSet(c.req.query('shared-size')),
      hasManifests: isSet(c.req.query('manifests')),
      countContainers: containerCounter(host),
    };
    return jsonReply((await engine.list(filters)).map((image) => summaryJson(image, view)));
  });
  app.get('/images/get', async (c) => {
    const names = c.req.queries('names')?.flatMap((list) => list.split(',')) ?? [];
    for (const name of names) await verifyPlatform(engine, name, c.req.query('platform'));
    return saveReply(engine, names);
  });
  app.post('/images/create', async (c) => {
    const source = c.req.query('fromSrc');
    if (source) {
      const signal = abortOnClose(c);
      const events = engine.import({
        archive: await importSource(source, c.env.incoming, registries?.proxies, signal),
        reference: importedReference(c.req.query('repo') ?? '', c.req.query('tag') ?? ''),
        changes: c.req.queries('changes') ?? [],
        comment: c.req.query('message') || `Imported from ${source}`,
        platform: platformOf(c.req.query('platform')),
        signal,
      });
      return streamReply(events, log);
    }
    const reference = pulledReference(c.req.query('fromImage') ?? '', c.req.query('tag') ?? '');
    const events = engine.pull(reference, {
      platform: platformOf(c.req.query('platform')),
      credentials: parseRegistryAuth(c.req.header('x-registry-auth')),
      signal: abortOnClose(c),
    });
    return streamReply(events, log);
  });
  app.post('/images/load', (c) => {
    const events = engine.load(c.env.incoming as AsyncIterable<Uint8Array>, {
      platform: platformOf(c.req.query('platform')),
      signal: abortOnClose(c),
    });
    return streamReply(c.req.query('quiet') === '1' ? withoutProgress(events) : events, log);
  });
  app.post('/images/prune', async (c) => {
    const given = parseFilters(c.req.query('filters'), PRUNE_FILTERS);
    const used = host.containers().map(({ image }) => image);
    const { removals, freed } = await engine.prune({
      danglingOnly: booleanFilter(given, 'dangling') ?? true,
      filters: new Map([...given].filter(([name]) => name !== 'dangling')),
      isUsed: (name) => used.some((image) => isSameName(image, name)),
    });
    const attributes = { reclaimed: String(freed) };
    engine.events.publish({ type: 'image', action: 'prune', id: '', attributes });
    return jsonReply({ ImagesDeleted: removals.length === 0 ? null : removals, SpaceReclaimed: freed });
  });
  app.post('/images/:name{.+}/push', async (c) => {
    const named = parseImageReference(c.req.param('name'));
    const tag = c.req.query('tag');
    const reference: ImageReference = tag ? { ...named, tag: parseTag(tag) } : named;
    if (tag) await verifyPlatform(engine, formatReference(reference), c.req.query('platform'));
    const credentials = parseRegistryAuth(c.req.header('x-registry-auth'));
    return streamReply(engine.push(reference, { credentials, signal: abortOnClose(c) }), log);
  });
  app.post('/images/:name{.+}/tag', async (c) => {
    const repository = c.req.query('repo') ?? '';
    const tag = c.req.query('tag');
    await engine.tag(c.req.param('name'), tag ? `${repository}:${tag}` : repository);
    return new Response(null, { status: 201 });
  });
  app.get('/images/:name{.+}/json', async (c) => {
    const name = c.req.param('name');
    const details = await engine.inspect(name);
    await verifyPlatform(engine, name, c.req.query('platform'));
    return jsonReply(inspectJson(details, minorOf(c), isSet(c.req.query('manifests'))));
  });
  app.get('/images/:name{.+}/history', async (c) => {
    const name = c.req.param('name');
    await verifyPlatform(engine, name, c.req.query('platform'));
    return jsonReply((await engine.history(name)).map((line) => historyJson(line)));
  });
  app.get('/images/:name{.+}/get', async (c) => saveReply(engine, [c.req.param('name')]));
  app.delete('/images/:name{.+}', async (c) => {
    const name = c.req.param('name');
    for (const platform of c.req.queries('platforms') ?? []) await verifyPlatform(engine, name, platform);
    const users = host.containers().map(({ id, image, state }) => ({ id, image, isRunning: state === 'running' }));
    return jsonReply(await engine.remove(name, isSet(c.req.query('force')), users));
  });
}

/** `fromImage` and `tag` of a pull: `tag` may be a digest, and takes the place of one in the name. */
function pulledReference(fromImage: string, tag: string): ImageReference {
  if (fromImage === '') throw new BadParameterError('fromImage is missing: there is nothing to pull');
  const { domain, repository, ...rest } = parseImageReference(fromImage);
  if (tag === '') return rest.digest ? { domain, repository, digest: rest.digest } : { domain, repository, ...rest };
  return isDigest(tag) ? { domain, repository, digest: tag } : { domain, repository, tag: parseTag(tag) };
}

/** `repo` and `tag` of an import; an image without a name where there is no `repo`. */
function importedReference(repository: string, tag: string): ImageReference | undefined {
  if (repository === '') return undefined;
  const named = parseImageReference(repository);
  if (named.digest) throw new BadParameterError('cannot import digest reference');
  const { domain, repository: path } = named;
  return { domain, repository: path, tag: tag === '' ? (named.tag ?? parseTag('latest')) : parseTag(tag) };
}

function platformOf(text: string | undefined): Platform | undefined {
  return text ? parsePlatform(text) : undefined;
}

/** Does nothing where no platform is asked for. */
async function verifyPlatform(engine: Engine, name: string, text: string | undefined): Promise<void> {
  const platform = platformOf(text);
  if (platform) await engine.verifyPlatform(name, platform);
}

async function saveReply(engine: Engine, names: readonly string[]): Promise<Response> {
  const archive = await engine.save(names);
  return bytesReply(Readable.from(archive, { objectMode: false }), 'application/x-tar');
}

async function* withoutProgress(events: AsyncGenerator<ProgressEvent>): AsyncGenerator<ProgressEvent> {
  for await (const event of events) if (!event.progressDetail) yield event;
}
