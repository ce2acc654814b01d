import type { Complaints } from './forms.ts';
import { mapTree, type Place, scalarTree, type Tree } from './tree.ts';

/** `[HOST:]CONTAINER[/PROTOCOL]`, each end a port or a range; HOST `[IP:][PORT]` (Compose Specification, "ports", "Short syntax"). */
const SHORT = /^(?:(?:(\[[0-9a-fA-F:]+\]|[\d.]+|localhost):)?(\d*(?:-\d+)?):)?(\d+(?:-\d+)?)(?:\/(tcp|udp))?$/;
const MAX_RANGE = 100;

/** The long form of a port's short one, one for each port of a range. */
export function portForms(tree: Tree, complaints: Complaints): Tree[] {
  if (tree.kind === 'map') return [tree];
  const text = tree.kind === 'scalar' ? String(tree.value ?? '') : '';
  const [, ip, published = '', target = '', protocol = 'tcp'] = SHORT.exec(text) ?? [];
  const targets = rangeOf(target);
  const hosts = rangeOf(published);
  if (targets.length === 0 || targets.length > MAX_RANGE) {
    complaints.add(tree.place, `invalid port ${JSON.stringify(text)}: want [[IP:]PUBLISHED:]TARGET[/tcp]`);
    return [];
  }
  if (hosts.length > 0 && hosts.length !== targets.length && targets.length !== 1) {
    complaints.add(tree.place, `invalid port ${JSON.stringify(text)}: the ranges differ in length`);
    return [];
  }
  return targets.map((port, index) => {
    const host = targets.length === 1 ? published : hosts[index]?.toString();
    return longForm(tree.place, ip, host || undefined, port, protocol);
  });
}

function longForm(
  place: Place,
  ip: string | undefined,
  published: string | undefined,
  target: number,
  protocol: string,
): Tree {
  const entries: [string, Tree][] = [['mode', scalarTree(place, 'ingress')]];
  if (ip !== undefined) entries.push(['host_ip', scalarTree(place, ip.replace(/^\[|\]$/g, ''))]);
  entries.push(['target', scalarTree(place, target)]);
  if (published !== undefined) entries.push(['published', scalarTree(place, published)]);
  entries.push(['protocol', scalarTree(place, protocol)]);
  return mapTree(place, entries);
}

/** Ports from first to last; none of what is no range of ports. */
export function rangeOf(text: string): number[] {
  const [from = Number.NaN, to = from] = text.split('-').map(Number);
  const isRange = text !== '' && from >= 1 && to <= 65_535 && from <= to && to - from < 1000;
  return isRange ? Array.from({ length: to - from + 1 }, (_, index) => from + index) : [];
}
