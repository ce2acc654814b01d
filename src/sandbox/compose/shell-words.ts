/** A quote that nobody closes. */
export class ShellWordsError extends Error {}

/**
 * Takes a command apart as a shell does for quotes and backslashes, and in nothing else (Compose Specification, "command": "similar
 * to Dockerfile"): no variables, no patterns.
 * @throws {ShellWordsError}
 */
export function splitWords(text: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at] ?? '';
    if (char === "'" || char === '"') {
      const end = closing(text, at);
      if (end < 0) throw new ShellWordsError(`the quote ${char} is not closed`);
      const inside = text.slice(at + 1, end);
      word = (word ?? '') + (char === '"' ? inside.replaceAll(/\\(["\\$`\n])/g, '$1') : inside);
      at = end;
    } else if (char === '\\') {
      at += 1;
      word = (word ?? '') + (text[at] ?? '');
    } else if (/\s/.test(char)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = (word ?? '') + char;
  }
  return word === undefined ? words : [...words, word];
}

function closing(text: string, from: number): number {
  const quote = text[from];
  for (let at = from + 1; at < text.length; at += 1) {
    if (text[at] === '\\' && quote === '"') at += 1;
    else if (text[at] === quote) return at;
  }
  return -1;
}
