import { type Place, placeOf } from '../../places/place.js';
import { located } from '../located.js';
import type { Facts, Rest, Tool } from '../recogniser.js';

const RUN = /^=== (?:RUN|CONT|NAME)\s+(\S+)$/;
const FAIL = /^\s*--- FAIL: (\S+)/;
const LOGGED = /^\s+([^\s:]+\.go):(\d+): (.*)$/;
const PANIC = /^(?:panic|fatal error): (.*)$/;
const FRAME = /^\t(\S+\.go):(\d+)/;
const TRACE = /^(?:\t|goroutine \d+|created by |\[signal |panic: |exit status \d+|\S+\(.*\)$)/;
const LIBRARY = /\/go\/src\/|\/pkg\/mod\//;
/** What `go` itself says of its progress. */
const PROGRESS = /^go: (?:downloading|finding|extracting|creating|added|upgraded|downgraded|removed|to add|warning)\b/;
const WORTH_A_LOOK = /\.go:\d|^(?:=== |go: |panic: |fatal error: |FAIL)|--- FAIL/;
const MOST_TESTS = 1000;

type Logged = Readonly<{ message: string; place: Place | undefined }>;

/** Without `-v` the test's own lines follow; with it they came before. A test that only contains failed ones is none. */
const failure = (test: string, before: Logged | undefined): Rest => {
  let logged = before;
  let nested = false;
  return {
    take: (line) => {
      nested ||= FAIL.test(line) || PANIC.test(line);
      const [, path, at, message] = LOGGED.exec(line) ?? [];
      if (nested || !/^\s/.test(line) || /^\s*--- /.test(line)) return 'other';
      if (message !== undefined) logged ??= { message, place: placeOf(path, at) };
      return logged ? 'more' : 'other';
    },
    facts: () =>
      nested && !logged
        ? undefined
        : { severity: 'error', tool: 'go', message: `${test}: ${logged?.message ?? 'failed'}`, place: logged?.place },
  };
};

const panic = (message: string): Rest => {
  let place: Place | undefined;
  return {
    take: (line) => {
      if (line !== '' && !TRACE.test(line)) return 'other';
      const [, path, at] = FRAME.exec(line) ?? [];
      if (path !== undefined && !LIBRARY.test(path)) place ??= placeOf(path, at);
      return 'more';
    },
    facts: () => ({ severity: 'error', tool: 'go', message: message.replace(/ \[recovered.*\]$/, ''), place }),
  };
};

/** go build and go vet: a place with a column at the beginning of a line, which nothing else in Go prints. */
const compiler = (line: string): Facts | undefined => {
  const one = located(line.replace(/^vet: /, ''));
  if (!one?.column || !one.path.endsWith('.go')) return undefined;
  return { severity: 'error', tool: 'go', message: one.text, place: one.place };
};

/** go build, go vet, go test (with `-v` and without), panics of Go programs, and the go command itself. */
export const go: Tool = () => {
  const logs = new Map<string, Logged>();
  let running: string | undefined;
  return (line) => {
    if (!WORTH_A_LOOK.test(line)) return undefined;
    const run = RUN.exec(line)?.[1];
    if (run !== undefined) {
      running = run;
      return 'understood';
    }
    const test = FAIL.exec(line)?.[1];
    if (test !== undefined) return failure(test, logs.get(test));
    const [, path, at, logged] = LOGGED.exec(line) ?? [];
    if (logged !== undefined && running !== undefined) {
      if (!logs.has(running) && logs.size < MOST_TESTS)
        logs.set(running, { message: logged, place: placeOf(path, at) });
      return 'understood';
    }
    const panicked = PANIC.exec(line)?.[1];
    if (panicked !== undefined) return panic(panicked);
    if (line.startsWith('go: '))
      return PROGRESS.test(line) ? 'understood' : { severity: 'error', tool: 'go', message: line.slice('go: '.length) };
    return /^FAIL(?:\t|$)/.test(line) ? 'understood' : compiler(line);
  };
};
