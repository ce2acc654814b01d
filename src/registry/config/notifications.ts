import type { Section } from '../../settings/index.ts';
import type { EndpointSettings } from '../notifications/endpoint.ts';
import type { EventAction } from '../notifications/event.ts';
import type { RegistryConfig } from './config.ts';

const DEFAULT_TIMEOUT_MS = 1000;
const DEFAULT_BACKOFF_MS = 1000;
const DEFAULT_THRESHOLD = 10;

/** `notifications`: who is told of what happens. */
export function readNotifications(section: Section): RegistryConfig['notifications'] {
  const includesReferences = section.section('events').boolean('includereferences') ?? false;
  const names = new Set<string>();
  const endpoints = section.sections('endpoints').flatMap((each) => {
    const isDisabled = each.boolean('disabled') ?? false;
    const endpoint = readEndpoint(each);
    if (names.has(endpoint.name)) each.problem('name', `${endpoint.name} names another endpoint too`);
    names.add(endpoint.name);
    return isDisabled ? [] : [endpoint];
  });
  return { endpoints, includesReferences };
}

function readEndpoint(section: Section): EndpointSettings {
  const url = section.requiredText('url');
  if (url !== '' && !/^https?:\/\//.test(url)) section.problem('url', 'want a URL, https://…');
  const ignored = section.section('ignore');
  const mediaTypes = [...section.texts('ignoredmediatypes'), ...ignored.texts('mediatypes')];
  return {
    name: section.text('name') ?? url,
    url,
    headers: Object.fromEntries([...section.textLists('headers')].map(([name, values]) => [name, values.join(', ')])),
    timeoutMs: section.duration('timeout') || DEFAULT_TIMEOUT_MS,
    threshold: section.integer('threshold') || DEFAULT_THRESHOLD,
    backoffMs: section.duration('backoff') || DEFAULT_BACKOFF_MS,
    ignoredMediaTypes: new Set(mediaTypes),
    ignoredActions: new Set(ignored.texts('actions') as readonly EventAction[]),
  };
}
