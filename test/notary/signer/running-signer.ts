import type { Log } from '../../../src/core/index.ts';
import { silentLog, systemClock } from '../../../src/core/index.ts';
import type { SignerGate } from '../../../src/notary/signer/call-gate.ts';
import { openSignerKeys, type SignerStorage } from '../../../src/notary/signer/open-signer-keys.ts';
import type { SignerKeys } from '../../../src/notary/signer/signer-keys.ts';
import { type SignerServer, startSignerServer } from '../../../src/notary/signer/signer-server.ts';
import { createPemFolder, type Issued, issue, type PemFolder, type TlsPaths } from './certificates.ts';

/** A signer on a free port of loopback, with certificates for it and its client. */
export interface RunningSigner extends AsyncDisposable {
  readonly server: SignerServer;
  readonly keys: SignerKeys;
  readonly pems: PemFolder;
  readonly ca: Issued;
  /** Files of a client that it trusts. */
  readonly clientTls: TlsPaths;
  readonly serverTls: TlsPaths;
}

export interface SignerOptions {
  readonly storage?: SignerStorage;
  readonly port?: number;
  readonly log?: Log;
  readonly gate?: SignerGate;
  /** Whom it trusts; its own authority unless given. None: everybody. */
  readonly trusted?: readonly Issued[];
}

export async function startSigner(options: SignerOptions = {}): Promise<RunningSigner> {
  const { storage = { kind: 'memory' }, port = 0, log = silentLog, gate } = options;
  const pems = await createPemFolder();
  const ca = issue('test CA', { isCa: true });
  const serverTls = await pems.write(issue('signer', { by: ca, usage: 'serverAuth' }), options.trusted ?? [ca]);
  const clientTls = await pems.write(issue('server', { by: ca, usage: 'clientAuth' }), [ca]);
  const open = await openSignerKeys(storage, { clock: systemClock, log });
  const address = { host: '127.0.0.1', port };
  const server = await startSignerServer({ keys: open.keys, address, tls: serverTls, clock: systemClock, log, gate });
  return {
    server,
    keys: open.keys,
    pems,
    ca,
    clientTls,
    serverTls,
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await open[Symbol.asyncDispose]();
      await pems[Symbol.asyncDispose]();
    },
  };
}
