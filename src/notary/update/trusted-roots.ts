import { acceptRoot, type Gun, parseEnvelope, type Root, type Trusted } from '../../tuf/index.ts';
import { Recent } from '../recent.ts';
import type { StoredFile } from '../store/metadata-store.ts';

const KEPT_ROOTS = 1000;

/** Roots from the store, verified once and remembered by their hash: reading their certificates is most of the work. */
export class TrustedRoots {
  readonly #roots = new Recent<string, Trusted<Root>>(KEPT_ROOTS);

  /** It was accepted when it was stored: neither its date nor its certificates' count any more. @throws {TufError} */
  get(gun: Gun, file: StoredFile, now: Date): Trusted<Root> {
    const key = `${file.sha256} ${gun}`;
    const known = this.#roots.get(key);
    if (known) return known;
    const offered = parseEnvelope(file.bytes);
    const root = acceptRoot(offered, { gun, now, allowExpired: true, ignoreCertificateDates: true });
    this.#roots.set(key, root);
    return root;
  }
}
