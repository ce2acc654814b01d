import type { TLSSocket } from 'node:tls';
import type { RegistryRequest } from './request.ts';

/** Where clients find this server, when that is not what they asked for (distribution's `http.host`, `prefix`, `relativeurls`). */
export interface UrlPolicy {
  /** `https://registry.example.com`, without a slash at the end: the beginning of every URL. */
  readonly base?: string | undefined;
  /** `/prefix`: what all paths begin with outside, and no longer do when they come here. Empty for none. */
  readonly prefix: string;
  /** Paths alone, for a server behind a proxy that says nothing about itself. */
  readonly isRelative: boolean;
  /** Signs what the URL of an upload says about it (distribution's `http.secret`); the same for all that share a store. */
  readonly uploadSecret?: string | undefined;
}

export const DEFAULT_URLS: UrlPolicy = { prefix: '', isRelative: false };

const HOST = /^(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?$/;

/**
 * Absolute URL of `local` as the client sees this server: by the Host it asked for, or what a proxy says it asked for.
 * Without a usable Host the path alone, which is a valid Location as well (RFC 9110 §10.2.2).
 */
export function locationOf(request: RegistryRequest, local: string): string {
  const { base, prefix, isRelative } = request.urls;
  const path = prefix + local;
  if (isRelative) return path;
  if (base !== undefined) return base + path;
  const { headers, socket } = request.incoming;
  const host = firstOf(headers['x-forwarded-host']) ?? firstOf(headers.host) ?? '';
  if (!HOST.test(host)) return path;
  const forwarded = firstOf(headers['x-forwarded-proto']);
  const isTls = forwarded === undefined ? (socket as Partial<TLSSocket>).encrypted === true : forwarded === 'https';
  return `${isTls ? 'https' : 'http'}://${host}${path}`;
}

function firstOf(header: string | string[] | undefined): string | undefined {
  return (Array.isArray(header) ? header[0] : header)?.split(',')[0]?.trim();
}
