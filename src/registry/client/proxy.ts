import type { Dispatcher, ProxyAgent } from 'undici';

type Undici = typeof import('undici').default;

/**
 * Asks by an HTTP proxy: https by a tunnel (RFC 9110 §9.3.6), http in the open, with the user that the proxy's URL names
 * (RFC 7617).
 */
export function openProxyAgent(
  undici: Undici,
  proxy: string,
  { isTunnelled, ...options }: Omit<ProxyAgent.Options, 'uri'> & { readonly isTunnelled: boolean },
): Dispatcher {
  return new undici.ProxyAgent({
    ...options,
    uri: proxy,
    proxyTunnel: isTunnelled,
    clientFactory: (origin, settings) => heedingPool(undici, origin, settings),
    ...proxyCredentials(proxy),
  });
}

/** A proxy that ends a connection before it has answered was asked again at once, without end (undici 7.30). */
function heedingPool(undici: Undici, origin: URL, settings: object): Dispatcher {
  const pool = new undici.Pool(origin, settings);
  const connect = pool.connect.bind(pool) as (options: Dispatcher.ConnectOptions) => Promise<Dispatcher.ConnectData>;
  const tunnel = (options: Dispatcher.ConnectOptions): Promise<Dispatcher.ConnectData> =>
    connect(options).catch((cause: NodeJS.ErrnoException) => {
      if (cause.code !== 'UND_ERR_SOCKET') throw cause;
      throw Object.assign(new Error('the proxy closed the connection', { cause }), { code: 'ECONNRESET' });
    });
  return Object.assign(pool, { connect: tunnel }) as Dispatcher;
}

function proxyCredentials(proxy: string): { readonly token?: string } {
  const { username, password } = new URL(proxy);
  if (username === '') return {};
  const user = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { token: `Basic ${Buffer.from(user).toString('base64')}` };
}
