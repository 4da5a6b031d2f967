import { saysNothing } from '../says-nothing.js';
import type { Facts, Severity, Tool } from '../recogniser.js';

/** What loggers write first: a time, a thread or a name in brackets. */
const DECORATION =
  /^(?:\[?\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d[^\s\]]*\]?|\[?\d\d:\d\d:\d\d[^\s\]]*\]?|\[[\w./: -]{1,40}\](?! *$)) +/;
const LEVEL = /^[[(<]?(ERROR|FATAL|CRITICAL|SEVERE|WARN|WARNING)[\])>]?(?:[:|]|\s+-|(?=\s))\s*(\S.*)$/;
const DASHED = / - (ERROR|CRITICAL|WARNING) - (\S.*)$/;
const LOGFMT = /(?:^|[\s,{])"?level"?[=:] ?"?(error|fatal|panic|warn|warning)"?(?=[\s,}]|$)/i;
const LOGFMT_MESSAGE = /(?:^|[\s,{])"?(?:msg|message)"?[=:] ?(?:"((?:[^"\\]|\\.)*)"|(\S+))/;
const SAID =
  /^(?:[\w./@+-]{1,60}(?:\[\d+\])?: )?(?:fatal |internal |unexpected |unhandled )?(error|fatal|warning):\s+(\S.*)$/i;

const severityOf = (level: string): Severity => (/^warn/i.test(level) ? 'warning' : 'error');

const found = (level: string | undefined, message: string | undefined): Facts | undefined => {
  if (level === undefined || message === undefined || saysNothing(message)) return undefined;
  return { severity: severityOf(level), tool: 'generic', message };
};

const undecorated = (line: string): string => {
  let text = line.trimStart();
  for (let at = 0; at < 3; at += 1) {
    if (LEVEL.test(text)) break;
    text = text.replace(DECORATION, '');
  }
  return text;
};

const structured = (line: string): Facts | undefined => {
  const level = LOGFMT.exec(line)?.[1];
  const [, quoted, bare] = LOGFMT_MESSAGE.exec(line) ?? [];
  return found(level, quoted ?? bare ?? line);
};

/** What no tool's own form is known for: `error: …`, `prog: error: …`, levels of loggers. The last to be asked. */
export const generic: Tool = () => (line) => {
  if (!/err|fatal|crit|severe|warn|panic/i.test(line)) return undefined;
  const text = undecorated(line);
  const [, level, message] = LEVEL.exec(text) ?? SAID.exec(text) ?? DASHED.exec(text) ?? [];
  return found(level, message) ?? structured(line);
};
