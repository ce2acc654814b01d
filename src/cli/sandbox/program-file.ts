import { fileURLToPath } from 'node:url';

/** The bundle's entry, whichever of its chunks this code ended up in. */
export function programFile(chunk = fileURLToPath(import.meta.url)): string {
  return fileURLToPath(new URL('main.cjs', `file://${chunk}`));
}
