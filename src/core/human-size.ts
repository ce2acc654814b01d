const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB', 'EB'] as const;

/** A size in bytes as docker shows it: powers of 1000, four significant digits (go-units `HumanSize`): `38.4kB`. */
export function humanSize(bytes: number, significant = 4): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${Number(value.toPrecision(significant))}${UNITS[unit]}`;
}
