import { NotaryCommandError } from './command.ts';

const DECIMAL = /^[+-]?[0-9]+$/;
const SIZE = /^[+-]?(?:0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO]?[0-7]*|[1-9][0-9]*)$/;

/** A size in bytes in any base that Go reads: `12`, `0x0c`, `0b1100`, `0o14`, `014`. @throws {NotaryCommandError} */
export function parseSize(text: string): number {
  if (!SIZE.test(text))
    throw new NotaryCommandError(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
  const [, sign = '', digits = ''] = /^([+-]?)(.*)$/.exec(text) ?? [];
  const isOldOctal = /^0[0-7]+$/.test(digits);
  const value = Number(isOldOctal ? `0o${digits.slice(1)}` : digits);
  if (!Number.isSafeInteger(value)) {
    throw new NotaryCommandError(`strconv.ParseInt: parsing ${JSON.stringify(text)}: value out of range`);
  }
  return sign === '-' ? -value : value;
}

/** The number a flag was given; `flag` is how the flag is shown. @throws {NotaryCommandError} as Go's flags say it */
export function parseNumberFlag(text: string, flag: string, parser: 'Atoi' | 'ParseInt'): number {
  if (DECIMAL.test(text) && Number.isSafeInteger(Number(text))) return Number(text);
  throw new NotaryCommandError(
    `invalid argument ${JSON.stringify(text)} for ${JSON.stringify(flag)} flag: strconv.${parser}: parsing ${JSON.stringify(text)}: invalid syntax`,
  );
}
