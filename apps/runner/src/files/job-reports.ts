import type { TestReport } from '#events';
import { TestReports, type TextFilter } from '#test-report';
import type { Sandbox } from '../executor/index.js';
import { collect } from './collect.js';

export type ReportTools = Readonly<{
  /** Takes secrets out of a text. */
  filter: () => TextFilter;
  say: (line: string) => void;
  signal: AbortSignal;
}>;

async function* none(): AsyncGenerator<Uint8Array> {}

const counted = (count: number, what: string): string[] => (count === 0 ? [] : [`${count} ${what}`]);

/**
 * Reads the files with results of tests that a job has written; undefined when there are none. What cannot be read of them is
 * said and part of the report, and never fails the job. The same lines whoever says them. @throws what the sandbox throws
 */
export const readReports = async (
  sandbox: Sandbox,
  patterns: readonly string[],
  { filter, say, signal }: ReportTools,
): Promise<TestReport | undefined> => {
  const reports = new TestReports({ filter, root: sandbox.workspace });
  const { files, unmatched } = collect(sandbox, patterns, (name, why) => say(`not read: ${name}: ${why}`));
  for await (const { name, entry } of files) {
    signal.throwIfAborted();
    if (entry.kind === 'link') {
      say(`not read: ${name}: it is a link`);
      continue;
    }
    const unread = await reports.read(name, entry.content ?? none());
    if (unread)
      say(`not read${(unread.line ?? 1) === 1 ? '' : ` from line ${unread.line} on`}: ${name}: ${unread.reason}`);
  }
  for (const pattern of unmatched()) say(`nothing matches ${pattern}`);
  const { report } = reports;
  if (report.files === 0) return undefined;
  const { passed, failed, errors, skipped } = report.totals;
  const told = [
    ...[...counted(failed, 'failed'), ...counted(errors, errors === 1 ? 'error' : 'errors')],
    ...[...counted(passed, 'passed'), ...counted(skipped, 'skipped')],
  ];
  say(`tests: ${told.length === 0 ? 'none' : told.join(', ')}`);
  const { cases, texts } = report.cut;
  if (cases > 0) say(`${cases} more than can be listed are counted only`);
  if (texts > 0) say(`${texts} texts of tests are cut: they are longer than what is kept`);
  return report;
};
