// What clients need of this room, apart from its servers: those load Hono, and with it some 15 ms of each command's time.
export { BodyTooLargeError, BodyTruncatedError, readBody } from '../body.ts';
export { openSecureContext, publicAuthorities } from '../secure-context.ts';
