import { TrustSandboxError } from '../core/index.ts';

declare const gunBrand: unique symbol;
/** Globally unique name of a trust collection, `sandboxregistry:5000/test/trusttest`. Only `parseGun` makes one. */
export type Gun = string & { readonly [gunBrand]: true };

const MAX_GUN_BYTES = 255;
/** Printable, no `*` (which means a wildcard in certificates), no empty, `.` or `..` component. */
const GUN = /^(?!.*(?:^|\/)\.{0,2}(?:\/|$))[^*\u0000-\u001f\u007f\\]+$/u;

/** Text that should be a GUN and is not. */
export class GunInvalidError extends TrustSandboxError {
  readonly code = 'GUN_INVALID';
  readonly text: string;
  constructor(text: string) {
    super(`invalid trust collection name ${JSON.stringify(text.slice(0, 300))}`);
    this.text = text;
  }
}

/** @throws {GunInvalidError} empty, over 255 bytes, or outside the grammar of `docs/wire/notary-v1.md`, "Names" */
export function parseGun(text: string): Gun {
  if (Buffer.byteLength(text) > MAX_GUN_BYTES || !GUN.test(text)) throw new GunInvalidError(text);
  return text as Gun; // the one cast
}
