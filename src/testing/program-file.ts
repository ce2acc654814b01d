import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ProgramMissingError } from './errors.ts';

/** The bundled program, `dist/main.cjs`, whether this runs from the sources or from the bundle. @throws {ProgramMissingError} */
export function findProgramFile(): string {
  for (let folder = import.meta.dirname; ; folder = dirname(folder)) {
    const found = [join(folder, 'main.cjs'), join(folder, 'dist', 'main.cjs')].find((path) => existsSync(path));
    if (found) return found;
    if (dirname(folder) === folder)
      throw new ProgramMissingError('dist/main.cjs is not in this package: npm run build makes it');
  }
}
