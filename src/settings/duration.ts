const UNIT_MS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};
const PART = /(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h)/y;

/** Go's durations, `1h30m` or `1.5s`, in milliseconds; a number alone is nanoseconds, as in Go. `undefined` for what is none. */
export function parseDuration(text: string): number | undefined {
  if (/^-?\d+$/.test(text)) return Number(text) / 1e6;
  const sign = text.startsWith('-') ? -1 : 1;
  const body = text.replace(/^[-+]/, '');
  if (body === '') return undefined;
  let sum = 0;
  PART.lastIndex = 0;
  for (let at = 0; at < body.length; at = PART.lastIndex) {
    const match = PART.exec(body);
    if (!match) return undefined;
    sum += Number(match[1]) * (UNIT_MS[match[2] ?? ''] ?? 0);
  }
  return sign * sum;
}
