// biome-ignore-all lint/suspicious/noTemplateCurlyInString: what Dockerfiles write variables as
import { describe, expect, test } from 'vitest';
import { listDockerfileImages } from './images.ts';

/** `image` of each, with `use` where it is not FROM. */
function imagesOf(text: string, buildArguments: Record<string, string> = {}): string[] {
  const found = listDockerfileImages(text, new Map(Object.entries(buildArguments)));
  return found.map(({ use, image }) => (use === 'FROM' ? image : `${use} ${image}`));
}

describe('a Dockerfile is built from', () => {
  test.each<[string, string, string[]]>([
    ['the image of its one stage', 'FROM alpine:3.20\nRUN true', ['alpine:3.20']],
    ['each image of its stages', 'FROM a AS one\nFROM b\nCOPY --from=one /x /x', ['a', 'b']],
    ['no image where a stage goes on from an earlier one', 'FROM a AS Base\nFROM base', ['a']],
    ['no image where a stage begins from scratch', 'FROM scratch\nCOPY x /', []],
    [
      'what comes after another name of a stage that is yet to come',
      'FROM a\nFROM late\nFROM b AS late',
      ['a', 'late', 'b'],
    ],
    ['what COPY takes files from', 'FROM a\nCOPY --chown=1 --from=busybox:1 /bin/sh /', ['a', 'COPY busybox:1']],
    ['no image where COPY names a stage by number', 'FROM a\nFROM b\nCOPY --from=0 /x /', ['a', 'b']],
    ['what a RUN mounts', 'FROM a\nRUN --mount=type=bind,from=tools,target=/t make', ['a', 'RUN tools']],
    ['what ONBUILD takes', 'FROM a\nONBUILD COPY --from=b /x /', ['a', 'COPY b']],
    ['the frontend that its syntax names', '# syntax=docker/dockerfile:1\nFROM a', ['syntax docker/dockerfile:1', 'a']],
    ['no syntax named after a comment', '# hello\n# syntax=docker/dockerfile:1\nFROM a', ['a']],
    ['no syntax named after an instruction', 'FROM a\n# syntax=x', ['a']],
    ['an image whatever its platform', 'FROM --platform=$BUILDPLATFORM a AS b', ['a']],
    ['lines that go on', 'FROM \\\n  # a comment\n\n  a \\\n  AS b', ['a']],
    ['lines that go on by another token', '# escape=`\nFROM a `\n AS b\nRUN c:\\', ['a']],
    ['instructions in any case', 'from a as b\nfRoM c', ['a', 'c']],
    ['an image and its digest', `FROM a@sha256:${'0'.repeat(64)}`, [`a@sha256:${'0'.repeat(64)}`]],
    ['lines that end as Windows ends them', 'FROM a\r\nFROM b\r\n', ['a', 'b']],
    ['nothing that a heredoc says', 'FROM a\nRUN <<EOF\nFROM b\nEOF\nFROM c', ['a', 'c']],
    ['nothing that heredocs say', 'FROM a\nCOPY <<-"A" <<B /x\nFROM b\n\tA\nFROM c\nB\nFROM d', ['a', 'd']],
    ['what follows a here-string', 'FROM a\nRUN cat <<<EOF\nFROM b', ['a', 'b']],
    ['what an argument says by itself', 'ARG V=3.20\nFROM alpine:$V', ['alpine:3.20']],
    ['what arguments say of one another', 'ARG A=x B=${A}y\nFROM $B', ['xy']],
    ['what is said in place of nothing', 'ARG V\nFROM alpine:${V:-3.19}', ['alpine:3.19']],
    ['what is said beside something', 'ARG V=1\nFROM alpine${V:+:edge}', ['alpine:edge']],
    ['a name in quotes', 'ARG I="a"\nFROM "${I}:1"', ['a:1']],
  ])('%s', (_, text, images) => {
    expect(imagesOf(text)).toEqual(images);
  });

  test('what a build argument says, if it is declared before', () => {
    expect(imagesOf('ARG V=1\nFROM a:$V', { V: '2' })).toEqual(['a:2']);
    expect(imagesOf('ARG V\nFROM a:$V', { V: '2' })).toEqual(['a:2']);
    expect(() => imagesOf('FROM $V', { V: '2' })).toThrow('line 1: base name ($V) should not be blank');
    expect(imagesOf('FROM a-$TARGETARCH', { TARGETARCH: 'arm64' })).toEqual(['a-arm64']);
  });
});

test('says where each image is named, and for which stage', () => {
  const found = listDockerfileImages('# syntax=s\n\nARG A=x\nFROM --platform=linux/arm64 \\\n  $A AS build\n');
  expect(found).toEqual([
    { line: 1, use: 'syntax', image: 's', stage: undefined, platform: undefined },
    { line: 4, use: 'FROM', image: 'x', stage: 'build', platform: 'linux/arm64' },
  ]);
});

test.each([
  ['it has no stage', '# nothing', 'line 1: no build stage'],
  ['something comes before the first stage', 'RUN x\nFROM a', 'line 1: RUN before the first FROM'],
  ['FROM says too much', 'FROM a b', 'line 1: FROM requires either one or three arguments'],
  ['FROM has a flag nobody knows', 'FROM --x=1 a', 'line 1: unknown flag: --x=1'],
  ['a variable is cut off', 'FROM ${A', 'line 1: ${A is no variable'],
  ['a variable has a form nobody knows', 'ARG A=1\nFROM ${A/1/2}', 'line 2: ${A/1/2} is a form that is not known here'],
  ['a variable must be set', 'ARG A\nFROM ${A:?say which}', 'line 2: A: say which'],
  ['the image depends on who builds', 'FROM a-$TARGETARCH', 'depends on who builds: give --build-arg TARGETARCH'],
  ['a heredoc has no end', 'FROM a\nRUN <<E\nx', 'line 2: unterminated heredoc E'],
  ['COPY names a variable', 'FROM a\nCOPY --from=$X a b', 'line 2: --from=$X: variables are not replaced here'],
  ['the escape token is another', '# escape=x\nFROM a', "invalid escape token 'x'"],
  ['a line is no instruction', 'FROM a\n=', 'line 2: no instruction'],
])('refuses a Dockerfile when %s', (_, text, message) => {
  expect(() => listDockerfileImages(text)).toThrow(expect.objectContaining({ code: 'DOCKERFILE_INVALID' }));
  expect(() => listDockerfileImages(text)).toThrow(message);
});
