import type { Tool } from '../recogniser.js';

const FORMS = [
  /^(?:docker: )?(Error response from daemon: .*)$/,
  /^((?:COPY|ADD) failed: .*)$/,
  /^(?:#\d+ )?ERROR: ((?:failed to|process "|executor failed).*)$/,
  /^(The command '.*' returned a non-zero code: \d+)$/,
];

/** docker and its builders. */
export const docker: Tool = () => (line) => {
  for (const form of FORMS) {
    const message = form.exec(line)?.[1];
    if (message !== undefined) return { severity: 'error', tool: 'docker', message };
  }
  return undefined;
};
