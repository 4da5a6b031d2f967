import type { Rest, Tool } from '../recogniser.js';

const UNCAUGHT = /^Exception in thread "[^"]*" (.*)$/;
const EXCEPTION = /^((?:[a-z]\w*\.)+[A-Z][\w$]*(?:Exception|Error|Throwable|Failure)(?:: .*)?)$/;
const TRACE = /^\s+at [\w.$/<>@-]+\(.*\)$|^Caused by: |^\s+\.\.\. \d+ |^\s+Suppressed: /;

const stack = (message: string): Rest => ({
  take: (line) => (TRACE.test(line) ? 'more' : 'other'),
  facts: () => ({ severity: 'error', tool: 'java', message }),
});

/** Java and its relatives. Frames name a class's file without its folder, so that no place in the workspace is known. */
export const java: Tool = () => (line) => {
  const message = UNCAUGHT.exec(line)?.[1] ?? EXCEPTION.exec(line)?.[1];
  return message === undefined ? undefined : stack(message);
};
