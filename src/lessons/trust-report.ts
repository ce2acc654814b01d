import { isJsonObject, type JsonValue } from '../core/index.ts';
import type { Stage } from './lesson.ts';

/** What `docker trust inspect` shows of the lesson's repository. */
export interface TrustReport {
  /** By tag: the digest without algorithm, and who signed it. */
  readonly tags: ReadonlyMap<string, { readonly digest: string; readonly signers: readonly string[] }>;
  /** Ids of keys by signer. */
  readonly signers: ReadonlyMap<string, readonly string[]>;
  readonly rootKeys: readonly string[];
  readonly repositoryKeys: readonly string[];
}

/** Asks the client itself; undefined, and why, when it shows nothing. */
export async function readReport(stage: Stage): Promise<TrustReport | { readonly problem: string }> {
  const { status, stdout, stderr } = await stage.run(`docker trust inspect ${stage.repository}`);
  if (status !== 0) return { problem: lastLine(stderr) };
  const [shown] = listOf(JSON.parse(stdout) as JsonValue);
  if (!isJsonObject(shown)) return { problem: `nothing is signed in ${stage.repository}` };
  const administrative = new Map(listOf(shown.AdministrativeKeys).map((entry) => [text(entry, 'Name'), keysOf(entry)]));
  return {
    tags: new Map(
      listOf(shown.SignedTags).map((entry) => [
        text(entry, 'SignedTag'),
        { digest: text(entry, 'Digest'), signers: listOf(isJsonObject(entry) ? entry.Signers : []).map(String) },
      ]),
    ),
    signers: new Map(listOf(shown.Signers).map((entry) => [text(entry, 'Name'), keysOf(entry)])),
    rootKeys: administrative.get('Root') ?? [],
    repositoryKeys: administrative.get('Repository') ?? [],
  };
}

/** A goal's answer from the report; the client's own words when there is none. */
export async function checkReport(
  stage: Stage,
  check: (report: TrustReport) => string | undefined,
): Promise<string | undefined> {
  const report = await readReport(stage);
  return 'problem' in report ? report.problem : check(report);
}

/** What a failed command had to say in the end. */
export function lastLine(output: string): string {
  return output.trim().split('\n').at(-1) ?? '';
}

function keysOf(entry: JsonValue): readonly string[] {
  return listOf(isJsonObject(entry) ? entry.Keys : []).map((key) => text(key, 'ID'));
}

function text(value: JsonValue | undefined, name: string): string {
  const member = isJsonObject(value) ? value[name] : undefined;
  return typeof member === 'string' ? member : '';
}

function listOf(value: JsonValue | undefined): readonly JsonValue[] {
  return Array.isArray(value) ? value : [];
}
