export { ensureFolder } from './ensure-folder.ts';
export { isErrno } from './errno.ts';
