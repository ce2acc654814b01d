export { createApp, type NodeApp, type NodeEnv } from './app.ts';
export { BodyTooLargeError, BodyTruncatedError, readBody } from './body.ts';
export { type ListenAddress, type Listener, listen, type ServerTls } from './listen.ts';
