import { isJsonObject, type JsonObject, type JsonValue } from '../../core/index.ts';

const MEMBERS = ['architecture', 'os', 'os.version', 'os.features', 'variant', 'features'] as const;

/** A platform of an index or a config, in the order in which docker writes it (image-spec v1.1, image-index.md). */
export function platformJson(value: JsonValue | undefined): JsonObject {
  const platform = isJsonObject(value) ? value : {};
  const members = MEMBERS.flatMap((name) => {
    const member = platform[name] ?? (name === 'architecture' || name === 'os' ? '' : undefined);
    return member === undefined ? [] : [[name, member] as const];
  });
  return Object.fromEntries(members);
}
