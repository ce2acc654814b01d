import { formatReference, type ImageReference, parseImageReference } from '../core/index.ts';

/** Whether two names of images mean the same: `alpine` and `docker.io/library/alpine:latest`. */
export function isSameName(a: string, b: string): boolean {
  return a === b || normalName(a) === normalName(b);
}

function normalName(name: string): string {
  try {
    const reference: ImageReference = parseImageReference(name);
    return formatReference(reference.tag || reference.digest ? reference : parseImageReference(`${name}:latest`));
  } catch {
    return name;
  }
}
