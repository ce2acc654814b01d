import { isJsonObject, JsonMalformedError, type JsonValue, parseJson } from '../../core/index.ts';
import { type OriginalLocation, parseOriginalLocation } from '../../notary/index.ts';
import { ExitError } from '../command.ts';
import type { Io } from '../io.ts';
import { readSettingsFile } from '../serve/settings-file.ts';

/** `storage.db_url` of an original's configuration: so no password stands in a command line. @throws {ExitError | DatabaseLocationError} */
export async function readOriginalConfig(path: string, io: Io): Promise<OriginalLocation> {
  const { text } = await readSettingsFile(path, io);
  const storage = read(text, path);
  const url = isJsonObject(storage) ? storage.db_url : undefined;
  if (typeof url !== 'string') throw new ExitError(1, `${path} has no storage.db_url`);
  return parseOriginalLocation(url);
}

function read(text: string, path: string): JsonValue | undefined {
  try {
    const config = parseJson(Buffer.from(text));
    return isJsonObject(config) ? config.storage : undefined;
  } catch (cause) {
    if (cause instanceof JsonMalformedError) throw new ExitError(1, `${path} is not JSON`, { cause });
    throw cause;
  }
}
