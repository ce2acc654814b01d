import { humanSize, TrustSandboxError } from '../core/index.ts';
import type { Output } from './io.ts';

/** How far one step is; sizes in bytes unless `units` says otherwise (Docker Engine API, `ProgressDetail`). */
export interface ProgressDetail {
  readonly current?: number;
  readonly total?: number;
  readonly hidecounts?: boolean;
  readonly units?: string;
}

/** One line of an Engine stream (Docker Engine API v1.50, `BuildInfo`/`CreateImageInfo`/`PushImageInfo`). */
export interface StreamMessage {
  readonly id?: string;
  readonly status?: string;
  readonly stream?: string;
  readonly progressDetail?: ProgressDetail;
  readonly aux?: unknown;
  readonly error?: string;
  readonly errorDetail?: { readonly message?: string };
}

/** The Engine said, in the middle of its stream, that it could not go on. */
export class StreamError extends TrustSandboxError {
  readonly code = 'ENGINE_STREAM';
}

const BAR_LENGTH = 50;
const MIN_COLUMNS_FOR_BAR = 111;
const DEFAULT_COLUMNS = 200;

/**
 * Shows an Engine's stream as docker does: in a terminal one line per id, redrawn in place; elsewhere one line per
 * event, bars left out. Values under `aux` go to `onAux`.
 * @throws {StreamError} the stream ended with an error
 */
export async function showProgress(
  messages: AsyncIterable<StreamMessage>,
  out: Output,
  onAux?: (aux: unknown) => void,
): Promise<void> {
  const lines = new Map<string, number>(); // id -> its line, counted from the first
  for await (const message of messages) {
    if (message.aux !== undefined) {
      onAux?.(message.aux);
      continue;
    }
    const problem = message.errorDetail?.message ?? message.error;
    if (problem !== undefined) throw new StreamError(problem);
    out.write(out.isTerminal ? terminalText(message, lines, out.columns) : plainText(message));
  }
}

function terminalText(message: StreamMessage, lines: Map<string, number>, columns: number | undefined): string {
  const { id, progressDetail } = message;
  if (id === undefined || progressDetail === undefined) {
    lines.clear();
    return plainText(message);
  }
  const isNew = !lines.has(id);
  if (isNew) lines.set(id, lines.size);
  const up = lines.size - (lines.get(id) ?? 0);
  const text = `${id}: ${message.status ?? ''} ${formatProgress(progressDetail, columns)}`;
  return `${isNew ? '\n' : ''}\x1b[${up}A\x1b[2K\r${text}\r\x1b[${up}B`;
}

function plainText({ id, status, stream, progressDetail }: StreamMessage): string {
  if (stream) return stream;
  if (progressDetail && formatProgress(progressDetail) !== '') return '';
  return `${id === undefined ? '' : `${id}: `}${status ?? ''}\n`;
}

/** `[====>      ]  512B/19.18kB`; the bar only where the terminal is wide enough; '' when nothing is known. */
export function formatProgress(detail: ProgressDetail, columns = DEFAULT_COLUMNS): string {
  const { current = 0, total = 0, units = '' } = detail;
  if (current <= 0 && total <= 0) return '';
  const show = (value: number): string => (units === '' ? humanSize(value) : `${value}`);
  if (total <= 0) return units === '' ? show(current).padStart(8) : `${current} ${units}`;
  const filled = Math.min(BAR_LENGTH, Math.floor(Math.floor((current / total) * 100) / 2));
  const bar = columns >= MIN_COLUMNS_FOR_BAR ? `[${'='.repeat(filled)}>${' '.repeat(BAR_LENGTH - filled)}] ` : '';
  if (detail.hidecounts) return bar;
  const counts = current > total ? show(current).padStart(8) : `${show(current).padStart(8)}/${show(total)}`;
  return bar + counts + (units === '' ? '' : ` ${units}`);
}
