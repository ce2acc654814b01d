import type { FlagSpec } from './flags.ts';

const TEMPLATE_HELP =
  "'TEMPLATE':         Print output using the given Go template.\nRefer to https://docs.docker.com/go/formatting/ for more information about formatting output with templates";

/** `--format` of a list, in docker's words. */
export const LIST_FORMAT = {
  kind: 'string',
  help: `Format output using a custom template:\n'table':            Print output in table format with column headers (default)\n'table TEMPLATE':   Print output in table format using the given Go template\n'json':             Print in JSON format\n${TEMPLATE_HELP}`,
} as const satisfies FlagSpec;

/** `--format` of a single thing. */
export const OBJECT_FORMAT = {
  kind: 'string',
  short: 'f',
  help: `Format output using a custom template:\n'json':             Print in JSON format\n${TEMPLATE_HELP}`,
} as const satisfies FlagSpec;
