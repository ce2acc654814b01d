import { humanSize } from '../core/index.ts';

/** How far a step is, in bytes. `{}` where a step has no measure. */
export interface ProgressDetail {
  readonly current?: number;
  readonly total?: number;
}

/** What a push ended in, one for each tag: what the trust client signs. `Size` is the manifest's, in bytes. */
export interface PushResult {
  readonly Tag: string;
  readonly Digest: string;
  readonly Size: number;
}

/** One line of the Engine's answer to pull, push and load (Docker Engine API v1.50, `CreateImageInfo`, `PushImageInfo`). */
export interface ProgressEvent {
  readonly stream?: string;
  readonly status?: string;
  readonly progressDetail?: ProgressDetail;
  readonly id?: string;
  readonly aux?: PushResult;
}

/** Takes events as they happen. */
export type Emit = (event: ProgressEvent) => void;

/** A line without a bar: `latest: Pulling from test/trusttest`. */
export function message(status: string, id?: string): ProgressEvent {
  return id === undefined ? { status } : { status, id };
}

/** A step of one layer. */
export function step(id: string, status: string, progressDetail: ProgressDetail = {}): ProgressEvent {
  return { status, progressDetail, id };
}

const ESCAPED: ReadonlyMap<string, string> = new Map([
  ['<', '\\u003c'],
  ['>', '\\u003e'],
  ['&', '\\u0026'],
]);

/** JSON as Go writes it: `<`, `>` and `&` escaped. */
export function goJson(value: unknown): string {
  return JSON.stringify(value).replaceAll(/[<>&]/g, (mark) => ESCAPED.get(mark) ?? mark);
}

/** An event as it stands in the stream, members in docker's order, ended by CR LF. */
export function formatEvent({ stream, status, progressDetail, id, aux }: ProgressEvent): string {
  const detail = aux ? {} : progressDetail;
  const progress = progressDetail ? progressText(progressDetail) : '';
  const line = {
    stream,
    status,
    progressDetail: detail,
    progress: progress || undefined,
    id,
    aux,
  };
  return `${goJson(line)}\r\n`;
}

/** What ends a stream that has begun and can't go on. */
export function formatFailure(text: string): string {
  return `${goJson({ errorDetail: { message: text }, error: text })}\r\n`;
}

const BAR_LENGTH = 50;

/** The bar that older clients show as it is: `[=>   ]     512B/19.18kB`. */
function progressText({ current = 0, total = 0 }: ProgressDetail): string {
  if (current <= 0 && total <= 0) return '';
  if (total <= 0) return humanSize(current).padStart(8);
  const filled = Math.min(BAR_LENGTH, Math.floor(Math.floor((current / total) * 100) / 2));
  const bar = `[${'='.repeat(filled)}>${' '.repeat(BAR_LENGTH - filled)}] `;
  const count = humanSize(current).padStart(8);
  return bar + (current > total ? count : `${count}/${humanSize(total)}`);
}
