import { listen } from '../../../src/http/index.ts';
import { createRegistry } from '../../../src/registry/index.ts';
import { openS3Driver, type S3Options } from '../../../src/storage/index.ts';

/** Serves the bucket that argv[2] tells, in JSON, until its parent goes away, and tells its port. */
const options = JSON.parse(process.argv[2] ?? '{}') as S3Options;
const registry = createRegistry({ driver: await openS3Driver(options) });
const { address } = await listen(registry.app, { kind: 'tcp', host: '127.0.0.1', port: 0 });
process.on('disconnect', () => process.exit(0));
process.send?.(address.kind === 'tcp' ? address.port : 0);
