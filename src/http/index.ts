export { createApp, type NodeApp, type NodeEnv } from './app.ts';
export { type Access, type AccessController, covers, type Grant, UnauthorizedError } from './auth/access.ts';
export { HtpasswdController } from './auth/htpasswd-controller.ts';
export { CredentialFileError } from './auth/watched-file.ts';
export { BodyTooLargeError, BodyTruncatedError, readBody } from './body.ts';
export { type ListenAddress, type Listener, listen, type ServerTls } from './listen.ts';
