import { placeOf } from '../../places/place.js';
import { followedBy, type Tool } from '../recogniser.js';

/** `sh: 1: …`, `a.sh: line 3: …`: a shell or a script, and its line. */
const NUMBERED = /^([^\s:]+): (?:line )?(\d+): (.*)$/;
const SHELL = /^-?(?:\/\S*\/)?(?:sh|bash|dash|ash|zsh|ksh)$|\.(?:sh|bash)$/;
const NAMED =
  /^-?(?:sh|bash|dash|ash|zsh|ksh|env|exec): .*\b(?:command not found|not found|No such file or directory|Permission denied)\b/;
/** What tools of every system say when they cannot. */
const UTILITY =
  /^[a-z][\w.+-]*: .*(?:: |\b)(?:No such file or directory|Permission denied|Is a directory|Not a directory|File exists|No space left on device|Read-only file system|Operation not permitted)$/;
const CRASH = /^(?:Segmentation fault|Bus error|Illegal instruction|Aborted|Killed)(?: +\(core dumped\).*)?$/;

/** Shells, and the small tools that scripts consist of. */
export const shell: Tool = () => (line) => {
  const [, name = '', at, message] = NUMBERED.exec(line) ?? [];
  if (message !== undefined && SHELL.test(name)) {
    const severity = message.startsWith('warning: ') ? 'warning' : 'error';
    const place = /\.\w+$/.test(name) ? placeOf(name, at) : undefined;
    // The second line of a mistake in the script itself shows the line between quotes.
    return followedBy({ severity, tool: 'shell', message, place }, (next) => /: `.*'$/.test(next));
  }
  if (NAMED.test(line) || UTILITY.test(line) || CRASH.test(line))
    return { severity: 'error', tool: 'shell', message: line };
  return undefined;
};
