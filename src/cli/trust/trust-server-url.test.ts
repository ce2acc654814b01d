import { describe, expect, test } from 'vitest';
import { parseTrustServers, trustServerUrl } from './trust-server-url.ts';

const MAP = parseTrustServers({
  'registry.example.com': 'https://one.example',
  'registry.example.com:5000': 'https://two.example',
  '*.example.com': 'https://three.example',
  '*.deep.example.com': 'https://four.example',
});

describe('the trust server of a registry', () => {
  test.each([
    { domain: 'registry.example.com', url: 'https://one.example', why: 'named' },
    { domain: 'registry.example.com:5000', url: 'https://two.example', why: 'named with its port' },
    { domain: 'registry.example.com:5001', url: 'https://one.example', why: 'named, with any port' },
    { domain: 'other.example.com:5000', url: 'https://three.example', why: 'below a name' },
    { domain: 'a.b.example.com', url: 'https://three.example', why: 'far below a name' },
    { domain: 'a.deep.example.com', url: 'https://four.example', why: 'below a longer name' },
    { domain: 'example.com', url: 'https://example.com', why: 'not below itself' },
    { domain: 'notexample.com', url: 'https://notexample.com', why: 'only alike' },
    { domain: 'docker.io', url: 'https://notary.docker.io', why: 'Docker Hub' },
  ])('is $url for $domain, which is $why', ({ domain, url }) => {
    expect(trustServerUrl({ env: {} }, domain, MAP)).toBe(url);
  });

  test('is for all others what * says, Docker Hub included', () => {
    const servers = parseTrustServers({ '*': 'https://all.example', 'docker.io': 'https://hub.example' });
    expect(trustServerUrl({ env: {} }, 'any.example:5000', servers)).toBe('https://all.example');
    expect(trustServerUrl({ env: {} }, 'docker.io', servers)).toBe('https://hub.example');
  });

  test('is what DOCKER_CONTENT_TRUST_SERVER says before all', () => {
    const env = { DOCKER_CONTENT_TRUST_SERVER: 'https://env.example' };
    expect(trustServerUrl({ env }, 'registry.example.com', MAP)).toBe('https://env.example');
  });

  test.each(['http://plain.example', 'nonsense'])('cannot be %s', (url) => {
    const servers = parseTrustServers({ 'a.example': url });
    expect(() => trustServerUrl({ env: {} }, 'a.example', servers)).toThrow(
      expect.objectContaining({ code: 'TRUST_SERVER_INVALID' }),
    );
  });

  test.each([
    { value: [] },
    { value: { 'a.example': 1 } },
    { value: { 'https://a.example/': 'https://b.example' } },
    { value: { 'a.*': 'https://b.example' } },
  ])('cannot be told from $value', ({ value }) => {
    expect(() => parseTrustServers(value)).toThrow(expect.objectContaining({ code: 'TRUST_SERVERS_INVALID' }));
  });
});
