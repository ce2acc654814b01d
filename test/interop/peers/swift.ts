import { mkdir, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { userInfo } from 'node:os';
import type { S3Options } from '../../../src/storage/index.ts';
import { run } from './run.ts';
import { type PeerServer, startServer } from './server.ts';
import type { Workspace } from './workspace.ts';

/** OpenStack Swift's own user for tests; S3's access key and secret. */
const USER = { accessKeyId: 'test:tester', secretAccessKey: 'testing' };
const RINGS = ['account', 'container', 'object'] as const;

/** A real S3: OpenStack Swift 2.30 with its `s3api`, which checks signatures as Amazon does. */
export interface Swift extends AsyncDisposable {
  readonly endpoint: string;
  /** How to open a bucket of it. */
  s3(bucket: string): S3Options;
}

/**
 * Starts Swift in the workspace: one replica on one device, four processes and a cache on `host`, ports from `port` on.
 * Wants Debian's /etc/swift/swift.conf, which comes with the package.
 */
export async function startSwift(workspace: Workspace, host: string, port = 8080): Promise<Swift> {
  const folder = workspace.at('swift');
  await mkdir(`${folder}/devices/d1`, { recursive: true });
  await Promise.all(RINGS.map((ring, i) => makeRing(folder, ring, host, port + 1 + i)));
  const servers: PeerServer[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(servers.map((server) => server[Symbol.asyncDispose]()));
  };
  try {
    servers.push(
      ...(await Promise.all(RINGS.map((ring, i) => start(folder, ring, host, port + 1 + i, storage(ring))))),
    );
    servers.push(await startCache(folder, host, port + 4));
    servers.push(await start(folder, 'proxy', host, port, proxy(`${host}:${port + 4}`)));
  } catch (error) {
    await stop();
    throw error;
  }
  const endpoint = `http://${host}:${port}`;
  return {
    endpoint,
    s3: (bucket) => ({ bucket, region: 'us-east-1', endpoint, forcePathStyle: true, ...USER }),
    [Symbol.asyncDispose]: stop,
  };
}

async function makeRing(folder: string, ring: string, host: string, port: number): Promise<void> {
  const steps = [
    ['create', '4', '1', '0'], // 16 partitions, one replica
    ['add', `r1z1-${host}:${port}/d1`, '1'],
    ['rebalance'],
  ];
  for (const step of steps) {
    const { status, stdout, stderr } = await run('swift-ring-builder', [`${folder}/${ring}.builder`, ...step]);
    if (status !== 0) throw new Error(`swift-ring-builder ${step.join(' ')}: ${stdout}${stderr}`);
  }
}

async function start(folder: string, name: string, host: string, port: number, sections: string): Promise<PeerServer> {
  const config = `${folder}/${name}.conf`;
  const defaults = [
    '[DEFAULT]',
    `bind_ip = ${host}`,
    `bind_port = ${port}`,
    `user = ${userInfo().username}`,
    `swift_dir = ${folder}`,
    `devices = ${folder}/devices`,
    'mount_check = false',
    'fallocate_reserve = 0',
    'workers = 0',
    'log_level = WARNING',
  ];
  await writeFile(config, `${defaults.join('\n')}\n${sections}`);
  return startServer(`swift-${name}-server`, [config, '--verbose'], {
    logFile: `${config}.log`,
    isReady: () => accepts(host, port),
  });
}

function startCache(folder: string, host: string, port: number): Promise<PeerServer> {
  const args = ['-l', host, '-p', String(port), '-u', userInfo().username, '-U', '0'];
  return startServer('memcached', args, { logFile: `${folder}/memcached.log`, isReady: () => accepts(host, port) });
}

const storage = (ring: string): string => `
[pipeline:main]
pipeline = ${ring}-server
[app:${ring}-server]
use = egg:swift#${ring}
`;

const proxy = (cache: string): string => `
[pipeline:main]
pipeline = catch_errors cache s3api tempauth bulk slo dlo proxy-server
[app:proxy-server]
use = egg:swift#proxy
allow_account_management = true
account_autocreate = true
conn_timeout = 20
node_timeout = 60
recoverable_node_timeout = 60
error_suppression_limit = 1000000
[filter:catch_errors]
use = egg:swift#catch_errors
[filter:cache]
use = egg:swift#memcache
memcache_servers = ${cache}
[filter:s3api]
use = egg:swift#s3api
s3_acl = false
min_segment_size = 5242880
[filter:tempauth]
use = egg:swift#tempauth
user_test_tester = testing .admin
[filter:bulk]
use = egg:swift#bulk
[filter:slo]
use = egg:swift#slo
allow_async_delete = false
[filter:dlo]
use = egg:swift#dlo
`;

function accepts(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, host);
    socket.on('connect', () => resolve(true)).on('error', () => resolve(false));
    socket.on('connect', () => socket.destroy());
  });
}
