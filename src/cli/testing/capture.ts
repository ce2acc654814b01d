import type { Output } from '../io.ts';

/** An `Output` that keeps what is written to it; a terminal when given a width. */
export interface CapturedOutput extends Output {
  readonly text: string;
}

export function captureOutput({ columns }: { columns?: number } = {}): CapturedOutput {
  const chunks: Buffer[] = [];
  return {
    isTerminal: columns !== undefined,
    columns,
    write(text) {
      chunks.push(Buffer.from(text));
    },
    async writeBytes(bytes) {
      chunks.push(Buffer.from(bytes));
    },
    get text() {
      return Buffer.concat(chunks).toString();
    },
  };
}
