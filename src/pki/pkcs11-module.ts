import { createRequire } from 'node:module';
import { TrustSandboxError } from '../core/index.ts';

/** What is used of the package pkcs11js: PKCS #11 v2.40, call by call. */
export interface Pkcs11Module {
  load(path: string): void;
  C_Initialize(): void;
  C_GetSlotList(isTokenPresent: boolean): Buffer[];
  C_GetTokenInfo(slot: Buffer): { readonly label: string };
  C_OpenSession(slot: Buffer, flags: number): Buffer;
  C_Login(session: Buffer, user: number, pin: string): void;
  C_FindObjectsInit(session: Buffer, template: Template): void;
  C_FindObjects(session: Buffer, count: number): Buffer[];
  C_FindObjectsFinal(session: Buffer): void;
  C_GetAttributeValue(session: Buffer, object: Buffer, template: Template): { readonly value: Buffer }[];
  C_GenerateKeyPair(
    session: Buffer,
    mechanism: { mechanism: number },
    publicKey: Template,
    privateKey: Template,
  ): unknown;
  C_SignInit(session: Buffer, mechanism: { mechanism: number }, key: Buffer): void;
  C_Sign(session: Buffer, bytes: Buffer, signature: Buffer): Buffer;
}

export type Template = readonly { readonly type: number; readonly value?: Buffer | boolean | number | string }[];

/** Numbers of PKCS #11 v2.40. */
export const CKA = {
  CLASS: 0x0,
  TOKEN: 0x1,
  PRIVATE: 0x2,
  LABEL: 0x3,
  KEY_TYPE: 0x100,
  ID: 0x102,
  SENSITIVE: 0x103,
  SIGN: 0x108,
  VERIFY: 0x10a,
  EXTRACTABLE: 0x162,
  EC_PARAMS: 0x180,
  EC_POINT: 0x181,
} as const;
export const CKO = { PUBLIC_KEY: 2, PRIVATE_KEY: 3 } as const;
export const CKK_EC = 3;
export const CKM = { EC_KEY_PAIR_GEN: 0x1040, ECDSA: 0x1041 } as const;
export const CKU_USER = 1;
export const CKF_RW_SESSION = 0x2 | 0x4;
const CKR_CRYPTOKI_ALREADY_INITIALIZED = 0x191;
const CKR_PIN_INCORRECT = 0xa0;
const CKR_PIN_LEN_RANGE = 0xa2;
const CKR_PIN_LOCKED = 0xa4;
const CKR_USER_ALREADY_LOGGED_IN = 0x100;

/** The package that speaks to tokens is not installed, or was not compiled. */
export class Pkcs11MissingError extends TrustSandboxError {
  readonly code = 'PKCS11_MISSING';
  constructor(options?: ErrorOptions) {
    super('keys on tokens need the package pkcs11js beside this one: npm install pkcs11js', options);
  }
}

/** A token, or the library that drives it, says no. */
export class TokenError extends TrustSandboxError {
  readonly code = 'TOKEN';
}

/** The PIN is wrong, or missing. It is not tried again: tokens lock themselves. */
export class TokenPinError extends TrustSandboxError {
  readonly code = 'TOKEN_PIN';
}

/**
 * Loads a PKCS #11 library by pkcs11js, which is compiled where it is installed and so is nobody's dependency but theirs who
 * have tokens. @throws {Pkcs11MissingError | TokenError}
 */
export function loadPkcs11(library: string): Pkcs11Module {
  let made: Pkcs11Module;
  try {
    const { PKCS11 } = createRequire(import.meta.url)('pkcs11js') as { PKCS11: new () => Pkcs11Module };
    made = new PKCS11();
  } catch (cause) {
    throw new Pkcs11MissingError({ cause });
  }
  called(`cannot load ${library}`, () => made.load(library));
  called(`cannot use ${library}`, () => made.C_Initialize(), [CKR_CRYPTOKI_ALREADY_INITIALIZED]);
  return made;
}

/** A call, its error put into words; those in `allowed` are none. @throws {TokenError | TokenPinError} */
export function called<T>(what: string, call: () => T, allowed: readonly number[] = []): T | undefined {
  try {
    return call();
  } catch (cause) {
    const { code, message } = cause as { code?: number; message: string };
    if (code !== undefined && [...allowed, CKR_USER_ALREADY_LOGGED_IN].includes(code)) return undefined;
    if (code === CKR_PIN_INCORRECT || code === CKR_PIN_LEN_RANGE) throw new TokenPinError(`${what}: the PIN is wrong`);
    if (code === CKR_PIN_LOCKED) throw new TokenPinError(`${what}: too many wrong PINs, the token is locked`);
    throw new TokenError(`${what}: ${message}`, { cause });
  }
}
