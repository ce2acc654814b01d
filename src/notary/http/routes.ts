import type { IncomingMessage } from 'node:http';
import { BodyTooLargeError, BodyTruncatedError, type Health, readBody } from '../../http/index.ts';
import { type Gun, GunInvalidError, parseGun, parseRoleName } from '../../tuf/index.ts';
import type { Actor } from '../actor.ts';
import type { ServerRole } from '../keys/server-keys.ts';
import type { Notary } from '../notary.ts';
import { type ChangeQuery, lastChange, listChanges } from '../store/change-feed.ts';
import { WireError } from '../wire-error.ts';
import { parseChangeId, parseRecords } from './feed-parameters.ts';
import type { HotAnswers } from './hot-answers.ts';
import { type CacheAges, EMPTY_REPLY, fileReply, jsonReply, type Reply, textReply } from './reply.ts';
import { parseUpload } from './upload.ts';

/** What an access token must allow. `gun` is absent for what concerns the whole server. */
export interface Access {
  readonly gun?: string | undefined;
  readonly actions: readonly ('pull' | 'push' | '*')[];
}

/** One request that matched a route. */
export interface RouteRequest {
  readonly incoming: IncomingMessage;
  /** Named groups of the route's pattern. */
  readonly params: Readonly<Record<string, string | undefined>>;
  readonly query: URLSearchParams;
  readonly actor: Actor;
}

/** What handlers need. */
export interface RouteContext {
  readonly notary: Notary;
  readonly cacheAges: CacheAges;
  readonly maxUploadBytes: number;
  readonly health: Health;
  readonly hotAnswers: HotAnswers;
}

export interface Route {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly pattern: RegExp;
  /** Name in the metrics. */
  readonly operation: string;
  /** Absent where no token is asked for. */
  readonly actions?: Access['actions'];
  /** What a GUN outside the server's prefixes is answered. */
  readonly foreignGun?: 'METADATA_NOT_FOUND' | 'INVALID_GUN';
  handle(request: RouteRequest, context: RouteContext): Promise<Reply> | Reply;
}

const TUF = '^/v2/(?<gun>[^*]+)/_trust/tuf/';
const ROLE = String.raw`(?<role>root|targets(?:/[^/\s]+)*|snapshot|timestamp)`;
const HASH = '(?<hash>[a-fA-F0-9]{64}|[a-fA-F0-9]{96}|[a-fA-F0-9]{128})';

/** Every route, in the order in which they are tried (`docs/wire/notary-v1.md`, "Routes"). Paths are percent-decoded. */
export const ROUTES: readonly Route[] = [
  { method: 'GET', pattern: /^\/v2\/$/, operation: 'Ping', actions: [], handle: () => textReply('{}') },
  {
    method: 'POST',
    pattern: new RegExp(`${TUF}$`),
    operation: 'UpdateTUF',
    actions: ['push', 'pull'],
    foreignGun: 'INVALID_GUN',
    handle: publish,
  },
  metadataRoute('GetRoleByHash', `${TUF}${ROLE}\\.${HASH}\\.json$`, getByHash),
  metadataRoute('GetRoleByVersion', `${TUF}(?<version>[1-9]*[0-9]+)\\.${ROLE}\\.json$`, getByVersion),
  metadataRoute('GetRole', `${TUF}${ROLE}\\.json$`, getCurrent),
  keyRoute('GET', 'GetKey', ['push', 'pull'], (notary, ...of) => notary.getKey(...of)),
  keyRoute('POST', 'RotateKey', ['*'], (notary, ...of) => notary.rotateKey(...of)),
  {
    method: 'DELETE',
    pattern: new RegExp(`${TUF}$`),
    operation: 'DeleteTUF',
    actions: ['*'],
    foreignGun: 'METADATA_NOT_FOUND',
    handle: deleteCollection,
  },
  metadataRoute('Changefeed', '^/v2/(?<gun>[^*]+)/_trust/changefeed$', getChanges),
  {
    method: 'GET',
    pattern: /^\/v2\/_trust\/changefeed$/,
    operation: 'Changefeed',
    actions: ['*'],
    handle: getChanges,
  },
  { method: 'GET', pattern: /^\/_notary_server\/health$/, operation: 'Health', handle: getHealth },
];

function metadataRoute(operation: string, pattern: string, handle: Route['handle']): Route {
  return {
    method: 'GET',
    pattern: new RegExp(pattern),
    operation,
    actions: ['pull'],
    foreignGun: 'METADATA_NOT_FOUND',
    handle,
  };
}

function keyRoute(
  method: 'GET' | 'POST',
  operation: string,
  actions: Access['actions'],
  getKey: (notary: Notary, gun: Gun, role: ServerRole, actor: Actor) => ReturnType<Notary['getKey']>,
): Route {
  return {
    method,
    pattern: new RegExp(`${TUF}(?<role>snapshot|timestamp)\\.key$`),
    operation,
    actions,
    foreignGun: 'METADATA_NOT_FOUND',
    async handle({ params, actor }, { notary }) {
      const role = params.role === 'snapshot' ? 'snapshot' : 'timestamp';
      const { keytype, bytes } = await getKey(notary, gunOf(params.gun), role, actor);
      return textReply(JSON.stringify({ keytype, keyval: { public: bytes.toString('base64'), private: null } }));
    },
  };
}

/** `POST /v2/<gun>/_trust/tuf/`: all files of an update, or none. */
async function publish(request: RouteRequest, { notary, maxUploadBytes }: RouteContext): Promise<Reply> {
  const { incoming, params, actor } = request;
  const gun = gunOf(params.gun, 'INVALID_GUN');
  const body = await readUpload(incoming, maxUploadBytes);
  await notary.publish(gun, parseUpload(incoming.headers['content-type'], body), actor);
  return EMPTY_REPLY;
}

async function readUpload(incoming: IncomingMessage, maxBytes: number): Promise<Buffer> {
  try {
    return await readBody(incoming, maxBytes);
  } catch (thrown) {
    if (thrown instanceof BodyTooLargeError)
      throw new WireError('MALFORMED_UPLOAD', thrown.message, { connection: 'close' });
    if (thrown instanceof BodyTruncatedError) throw new WireError('MALFORMED_UPLOAD');
    throw thrown;
  }
}

async function getByHash({ params }: RouteRequest, { notary, cacheAges }: RouteContext): Promise<Reply> {
  return fileReply(await notary.store.findByHash(gunOf(params.gun), params.hash ?? ''), cacheAges.consistent, false);
}

async function getByVersion({ params }: RouteRequest, { notary, cacheAges }: RouteContext): Promise<Reply> {
  const version = Number(params.version);
  const gun = gunOf(params.gun);
  const file = Number.isSafeInteger(version)
    ? await notary.store.findVersion(gun, roleOf(params.role), version)
    : undefined;
  return fileReply(file, cacheAges.consistent, false);
}

async function getCurrent({ params, incoming }: RouteRequest, context: RouteContext): Promise<Reply> {
  const { notary, cacheAges, hotAnswers } = context;
  const [gun, role] = [gunOf(params.gun), roleOf(params.role)];
  const reply = fileReply(await notary.findCurrent(gun, role), cacheAges.current, true);
  hotAnswers.note(incoming.url ?? '', gun, role);
  return reply;
}

async function deleteCollection({ params, actor }: RouteRequest, { notary }: RouteContext): Promise<Reply> {
  await notary.delete(gunOf(params.gun), actor);
  return EMPTY_REPLY;
}

/** What is not well, by name. Asked for now: the original's answer may be ten seconds old. */
async function getHealth(_: RouteRequest, { health }: RouteContext): Promise<Reply> {
  await health.run();
  const report = health.report();
  return jsonReply(JSON.stringify(Object.fromEntries(report)), report.size === 0 ? 200 : 503);
}

const DEFAULT_RECORDS = 100;

async function getChanges({ params, query }: RouteRequest, { notary }: RouteContext): Promise<Reply> {
  const records = parseRecords(query.get('records') ?? '');
  const after = parseChangeId(query.get('change_id') ?? '');
  const isBackwards = records < 0 || (after ?? 0) < 0;
  const wanted: ChangeQuery = {
    gun: params.gun === undefined ? undefined : gunOf(params.gun),
    after: after !== undefined && after >= 0 ? after : undefined,
    records: Math.abs(records) || DEFAULT_RECORDS,
    isBackwards,
  };
  // Past the end of the feed the original has no list, where else it may have an empty one.
  const last = await lastChange(notary.database);
  const isPastEnd = last === 0 || (!isBackwards && (after ?? 0) >= last);
  const changes = isPastEnd ? [] : await listChanges(notary.database, wanted);
  return textReply(JSON.stringify({ count: changes.length, records: isPastEnd ? null : changes }));
}

/** What is no name of a collection names none that exists. */
function gunOf(text: string | undefined, code: 'METADATA_NOT_FOUND' | 'INVALID_GUN' = 'METADATA_NOT_FOUND'): Gun {
  try {
    return parseGun(text ?? '');
  } catch (thrown) {
    if (thrown instanceof GunInvalidError) throw new WireError(code, {});
    throw thrown;
  }
}

function roleOf(text: string | undefined): ReturnType<typeof parseRoleName> {
  try {
    return parseRoleName(text ?? '');
  } catch {
    throw new WireError('METADATA_NOT_FOUND', {});
  }
}
