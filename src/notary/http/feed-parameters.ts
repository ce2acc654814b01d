import { WireError } from '../wire-error.ts';

const INT32 = /^[+-]?\d{1,10}$/;

/** How many changes are asked for; negative is backwards. @throws {WireError} INVALID_PARAMETERS */
export function parseRecords(text: string): number {
  const problem = findInt32Problem(text);
  if (problem === undefined) return Number(text);
  const detail = `invalid records parameter: strconv.ParseInt: parsing ${JSON.stringify(text)}: ${problem}`;
  throw new WireError('INVALID_PARAMETERS', detail);
}

/** After which change; negative is from the end. @throws {WireError} INVALID_PARAMETERS */
export function parseChangeId(text: string): number | undefined {
  if (text === '') return undefined;
  if (findInt32Problem(text) !== undefined) throw new WireError('INVALID_PARAMETERS', {});
  return Number(text);
}

/** In Go's words. */
function findInt32Problem(text: string): string | undefined {
  if (!/^[+-]?\d+$/.test(text)) return 'invalid syntax';
  const isInRange = INT32.test(text) && Number(text) >= -(2 ** 31) && Number(text) < 2 ** 31;
  return isInRange ? undefined : 'value out of range';
}
