import type { Rest, Tool } from '../recogniser.js';

const LINE = /^npm (ERR!|error|warn|WARN)(?: (.*))?$/;
const BESIDE = /^(?:code|errno|syscall|path|dest|command|cwd|node -v) |^A complete log|^$/;

const report = (first: string): Rest => {
  let message = BESIDE.test(first) ? undefined : first;
  return {
    take: (line) => {
      const [, level, text = ''] = LINE.exec(line) ?? [];
      if (level !== 'ERR!' && level !== 'error') return 'other';
      if (!BESIDE.test(text)) message ??= text;
      return 'more';
    },
    facts: () => ({ severity: 'error', tool: 'npm', message: message ?? first }),
  };
};

/** npm: its lines of one error are one; each warning is one. */
export const npm: Tool = () => (line) => {
  const [, level, text = ''] = LINE.exec(line) ?? [];
  if (level === undefined) return undefined;
  if (level === 'ERR!' || level === 'error') return report(text);
  return text === '' ? 'understood' : { severity: 'warning', tool: 'npm', message: text };
};
