const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB'] as const;
const STEP = 1024;

/** Bytes as docker shows memory: `23.54GiB` (docker/go-units 0.5, `BytesSize`). */
export function binarySize(bytes: number): string {
  let value = bytes;
  let unit = 0;
  for (; value >= STEP && unit < UNITS.length - 1; unit += 1) value /= STEP;
  return `${Number(value.toPrecision(4))}${UNITS[unit]}`;
}
