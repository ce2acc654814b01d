import { isJsonObject, type JsonValue } from '../../core/index.ts';

interface Port {
  readonly address: string;
  readonly inner: number;
  readonly outer: number;
  readonly type: string;
}

/**
 * Ports of a container as docker lists them: runs of ports that are called the same inside and outside are ranges, by address;
 * ports that are called otherwise come last. `0.0.0.0:80-81->80-81/tcp, 443/tcp, 127.0.0.1:8080->90/tcp`
 */
export function formatPorts(values: readonly JsonValue[]): string {
  const ports = values.filter(isJsonObject).map(portOf).sort(compare);
  const isPlain = ({ address, inner, outer }: Port): boolean => address === '' || inner === outer;
  const runs: { first: Port; last: number; key: string }[] = [];
  for (const port of ports.filter(isPlain)) {
    const key = port.address === '' ? port.type : `${port.address}/${port.type}`;
    const run = runs.findLast((other) => other.key === key);
    if (run && (port.inner === run.last + 1 || port.inner === run.last)) run.last = port.inner;
    else runs.push({ first: port, last: port.inner, key });
  }
  const renamed = ports
    .filter((port) => !isPlain(port))
    .map(({ address, inner, outer, type }) => {
      return `${joinHost(address, String(outer))}->${inner}/${type}`;
    });
  return [...runs.map(({ first, last }) => runText(first, last)), ...renamed].join(', ');
}

function runText({ address, inner, type }: Port, last: number): string {
  const range = inner === last ? String(inner) : `${inner}-${last}`;
  return address === '' ? `${range}/${type}` : `${joinHost(address, range)}->${range}/${type}`;
}

function joinHost(address: string, port: string): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

function portOf({
  IP: address,
  PrivatePort: inner,
  PublicPort: outer,
  Type: type,
}: Readonly<Record<string, JsonValue>>): Port {
  return {
    address: typeof address === 'string' ? address : '',
    inner: Number(inner ?? 0),
    outer: Number(outer ?? 0),
    type: typeof type === 'string' ? type : '',
  };
}

function compare(a: Port, b: Port): number {
  return (
    a.inner - b.inner ||
    Number(a.address > b.address) - Number(a.address < b.address) ||
    a.outer - b.outer ||
    Number(a.type > b.type) - Number(a.type < b.type)
  );
}
