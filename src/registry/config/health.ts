import type { Section } from '../../settings/index.ts';
import type { HealthCheck } from './config.ts';

const DEFAULT_INTERVAL_MS = 10_000;
const DEFAULT_TIMEOUT_MS = 5_000;

/** `health`: what is looked at, how often, and how many failures make it ill. */
export function readHealth(section: Section): HealthCheck[] {
  const storage = section.section('storagedriver');
  const isStorageChecked = storage.boolean('enabled') ?? false;
  const storageCheck: HealthCheck = { kind: 'storage', ...timing(storage) };
  const timeoutOf = (each: Section): number => each.duration('timeout') ?? DEFAULT_TIMEOUT_MS;
  return [
    ...(isStorageChecked ? [storageCheck] : []),
    ...section
      .sections('file')
      .map((each): HealthCheck => ({ kind: 'file', path: each.requiredText('file'), ...timing(each) })),
    ...section.sections('http').map(
      (each): HealthCheck => ({
        kind: 'http',
        url: readUrl(each),
        status: each.integer('statuscode', { min: 100, max: 599 }) ?? 200,
        timeoutMs: timeoutOf(each),
        headers: Object.fromEntries([...each.textLists('headers')].map(([name, values]) => [name, values.join(', ')])),
        ...timing(each),
      }),
    ),
    ...section.sections('tcp').map(
      (each): HealthCheck => ({
        kind: 'tcp',
        address: each.requiredText('addr'),
        timeoutMs: timeoutOf(each),
        ...timing(each),
      }),
    ),
  ];
}

function readUrl(section: Section): string {
  const url = section.requiredText('uri');
  if (url !== '' && !URL.canParse(url)) section.problem('uri', 'want a URL');
  return url;
}

function timing(section: Section): { intervalMs: number; threshold: number } {
  return {
    intervalMs: section.duration('interval') || DEFAULT_INTERVAL_MS,
    threshold: section.integer('threshold') || 1,
  };
}
