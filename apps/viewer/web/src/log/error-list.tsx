import { api, type FoundInLog } from '../api/api.js';
import { useResource } from '../api/use-resource.js';
import { permalink } from '../routing/permalink.js';
import { Problem } from '../ui/problem.js';
import { errorsFirst, errorsText, placeText } from './errors-text.js';

const Item = ({ error, page }: Readonly<{ error: FoundInLog; page: string }>) => (
  <li class={error.severity} data-testid="log-error" data-severity={error.severity}>
    <span class="severity">{error.severity}</span>{' '}
    <a href={`${page}${permalink({ step: error.step, line: error.line })}`}>{error.message}</a>{' '}
    <span class="muted">{placeText(error)}</span>
  </li>
);

type Props = Readonly<{
  build: string;
  job: string;
  attempt: number;
  failed: boolean;
  /** The page's address without the fragment. */
  page: string;
}>;

/** What tools have said is wrong, each with the way to its line; open when it may be why the attempt failed. */
export const ErrorList = ({ build, job, attempt, failed, page }: Props) => {
  const { data, problem, reload } = useResource(
    `${build} ${job} ${attempt}`,
    () => api.logErrors(build, job, attempt),
    () => false,
  );
  if (problem) return <Problem problem={problem} retry={reload} />;
  if (!data || data.items.length === 0) return null;
  return (
    <details
      class="artifacts errors"
      data-testid="log-errors"
      open={failed && data.items.some(({ severity }) => severity === 'error')}
    >
      <summary>{errorsText(data)}</summary>
      <ul>
        {errorsFirst(data.items).map((error, at) => (
          <Item key={at} error={error} page={page} />
        ))}
        {data.truncated && <li class="muted">There are more in the log.</li>}
      </ul>
    </details>
  );
};
