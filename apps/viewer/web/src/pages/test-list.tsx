import type { TestCase } from '#events';
import { api } from '../api/api.js';
import { useResource } from '../api/use-resource.js';
import { Problem } from '../ui/problem.js';
import { testsText } from './tests-text.js';

type Props = Readonly<{ build: string; job: string; attempt: number; known: boolean }>;

const placeOf = ({ file, line }: TestCase): string =>
  file === undefined ? '' : line === undefined ? file : `${file}:${line}`;

/** What the tests of an attempt came to, and those that failed. `known`: the newest attempt has reported by now. */
export const TestList = ({ build, job, attempt, known }: Props) => {
  const { data, problem, reload } = useResource(
    `${build} ${job} ${attempt} ${known}`,
    () => api.tests(build, job, attempt),
    () => false,
  );
  if (problem) return <Problem problem={problem} retry={reload} />;
  if (!data?.totals) return null;
  const failed = data.items.filter(({ outcome }) => outcome === 'failed' || outcome === 'error');
  const more = data.totals.failed + data.totals.errors - failed.length;
  return (
    <details class="artifacts" data-testid="tests" open={failed.length > 0 || data.unread.length > 0}>
      <summary>{testsText(data.totals)}</summary>
      <ul>
        {failed.map((test, index) => (
          <li key={index} data-testid="failed-test">
            <strong>{test.name}</strong> <span class="muted">{placeOf(test) || test.suite}</span>
            {test.message && <div class="reason failure">{test.message}</div>}
          </li>
        ))}
        {more > 0 && <li>and {more} more</li>}
        {data.unread.map(({ file, line, reason }) => (
          <li key={file}>
            not read: {file}
            {line !== undefined && `:${line}`}: {reason}
          </li>
        ))}
      </ul>
    </details>
  );
};
