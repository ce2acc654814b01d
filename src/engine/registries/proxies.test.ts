import { describe, expect, test } from 'vitest';
import { findProxy, parseProxyEnvironment } from './proxies.ts';

const PROXY = 'http://proxy.example:3128';

describe('a proxy', () => {
  test.each([
    ['https://registry.example', { HTTPS_PROXY: PROXY }, PROXY],
    ['https://registry.example', { https_proxy: 'proxy.example:3128' }, PROXY],
    ['https://registry.example', { HTTP_PROXY: PROXY }, undefined],
    ['http://registry.example:5000', { HTTP_PROXY: PROXY }, PROXY],
    ['http://127.0.0.9:5000', { HTTP_PROXY: PROXY }, undefined],
    ['http://localhost:5000', { HTTP_PROXY: PROXY }, undefined],
    ['http://[::1]:5000', { HTTP_PROXY: PROXY }, undefined],
    ['https://registry.example', { HTTPS_PROXY: PROXY, NO_PROXY: '*' }, undefined],
    ['https://registry.example', { HTTPS_PROXY: PROXY, NO_PROXY: 'a, example' }, undefined],
    ['https://example', { HTTPS_PROXY: PROXY, NO_PROXY: '.example' }, PROXY],
    ['https://registry.example', { HTTPS_PROXY: PROXY, NO_PROXY: '.example' }, undefined],
    ['https://registry.example', { HTTPS_PROXY: PROXY, no_proxy: 'registry.example:443' }, undefined],
    ['https://registry.example:444', { HTTPS_PROXY: PROXY, no_proxy: 'registry.example:443' }, PROXY],
    ['https://notexample', { HTTPS_PROXY: PROXY, NO_PROXY: 'example' }, PROXY],
    ['https://10.1.2.3', { HTTPS_PROXY: PROXY, NO_PROXY: '10.0.0.0/8' }, undefined],
    ['https://11.1.2.3', { HTTPS_PROXY: PROXY, NO_PROXY: '10.0.0.0/8' }, PROXY],
    ['https://[fd00::1]', { HTTPS_PROXY: PROXY, NO_PROXY: 'fd00::/8' }, undefined],
  ])('for %s with %j is %s', (url, env, proxy) => {
    expect(findProxy(parseProxyEnvironment(env), url)).toBe(proxy);
  });
});
