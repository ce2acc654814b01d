import type { Section } from '../../settings/index.ts';
import type { CollectionConfig, RegistryConfig, StorageConfig, UploadPurging } from './config.ts';
import { readRetention } from './retention.ts';

/** Settings of `storage` that are no kind of storage. */
const OTHERS: ReadonlySet<string> = new Set(['cache', 'delete', 'maintenance', 'redirect', 'tag']);
const HOUR_MS = 3_600_000;
const MIN_COLLECTION_MS = 60_000;

type StorageSettings = Pick<
  RegistryConfig,
  'storage' | 'isDeleteEnabled' | 'mayRedirect' | 'isReadOnly' | 'uploadPurging' | 'collection' | 'retention'
>;

/** `storage`: one kind of storage, and what goes for all kinds. */
export function readStorage(section: Section, defaultRoot: string): StorageSettings {
  section.section('cache').plain(); // ours needs no telling: see stat-cache.ts
  section.section('tag').accept('concurrencylimit');
  const maintenance = section.section('maintenance');
  return {
    storage: readKind(section, defaultRoot),
    isDeleteEnabled: section.section('delete').boolean('enabled') ?? false,
    mayRedirect: !(section.section('redirect').boolean('disable') ?? false),
    isReadOnly: maintenance.section('readonly').boolean('enabled') ?? false,
    uploadPurging: readPurging(maintenance.section('uploadpurging')),
    collection: readCollection(maintenance.section('collection')),
    retention: readRetention(maintenance),
  };
}

function readKind(section: Section, defaultRoot: string): StorageConfig {
  const [kind = 'filesystem', ...more] = section.names.filter((name) => !OTHERS.has(name));
  if (more.length > 0) section.problem('', `want one kind of storage, found ${[kind, ...more].join(', ')}`);
  if (kind === 'inmemory') {
    section.section(kind).plain();
    return { kind };
  }
  if (kind === 's3' || kind === 's3aws') return readS3(section.section(kind));
  if (kind !== 'filesystem') {
    section.accept(kind);
    section.problem(kind, 'is not supported: want filesystem, inmemory or s3');
  }
  const filesystem = section.section('filesystem');
  filesystem.accept('maxthreads'); // the event loop needs no limit
  return { kind: 'filesystem', rootDirectory: filesystem.text('rootdirectory') ?? defaultRoot };
}

function readS3(section: Section): StorageConfig {
  section.accept('v4auth', 'secure', 'loglevel', 'useragent', 'multipartcombinesmallpart');
  section.ineffective('usedualstack', 'give regionendpoint');
  section.ineffective('accelerate', 'give regionendpoint');
  const bytes = { min: 1, max: 5 * 1024 ** 3 };
  return {
    kind: 's3',
    options: {
      bucket: section.requiredText('bucket'),
      region: section.requiredText('region'),
      endpoint: readEndpoint(section),
      rootDirectory: section.text('rootdirectory'),
      accessKeyId: section.text('accesskey'),
      secretAccessKey: section.text('secretkey'),
      sessionToken: section.text('sessiontoken'),
      forcePathStyle: section.boolean('forcepathstyle'),
      skipVerify: section.boolean('skipverify'),
      chunkSize: section.integer('chunksize', bytes),
      multipartCopyThreshold: section.integer('multipartcopythresholdsize', bytes),
      multipartCopyChunkSize: section.integer('multipartcopychunksize', bytes),
      multipartCopyConcurrency: section.integer('multipartcopymaxconcurrency', { min: 1, max: 1000 }),
      encrypt: section.boolean('encrypt'),
      keyId: section.text('keyid'),
      storageClass: section.text('storageclass'),
      objectAcl: section.text('objectacl'),
    },
  };
}

/** distribution takes a host alone too. */
function readEndpoint(section: Section): string | undefined {
  const text = section.text('regionendpoint');
  if (text === undefined || text === '') return undefined;
  const url = text.includes('://') ? text : `https://${text}`;
  if (!URL.canParse(url)) section.problem('regionendpoint', 'want a URL, https://s3.example.com');
  return url;
}

/** On unless turned off, as in distribution. */
function readPurging(section: Section): UploadPurging | undefined {
  const isEnabled = section.boolean('enabled') ?? true;
  const purging = {
    ageMs: section.duration('age') ?? 168 * HOUR_MS,
    intervalMs: section.duration('interval') ?? 24 * HOUR_MS,
    isDryRun: section.boolean('dryrun') ?? false,
  };
  if (isEnabled && purging.intervalMs < 1000) section.problem('interval', 'want a second at least');
  return isEnabled ? purging : undefined;
}

/** Off unless turned on: distribution has nothing of the kind. */
function readCollection(section: Section): CollectionConfig | undefined {
  const isEnabled = section.boolean('enabled') ?? false;
  const collection = {
    intervalMs: section.duration('interval') ?? 24 * HOUR_MS,
    graceMs: section.duration('grace') ?? HOUR_MS,
    deleteUntagged: section.boolean('deleteuntagged') ?? false,
  };
  if (isEnabled && collection.intervalMs < MIN_COLLECTION_MS) section.problem('interval', 'want a minute at least');
  if (isEnabled && collection.graceMs < HOUR_MS / 2) section.problem('grace', 'want half an hour at least');
  return isEnabled ? collection : undefined;
}
