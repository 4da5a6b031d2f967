import type { ApiProblem } from '../api/api.js';
import { hrefOf } from '../routing/route.js';
import { usePlace } from '../routing/location.js';

/** An error of the page or the server, said on the page. */
export const Problem = ({ problem, retry }: Readonly<{ problem: ApiProblem; retry?: () => void }>) => {
  const { href } = usePlace();
  return (
    <div class="problem" role="alert">
      <strong>{problem.title}</strong> {problem.detail}{' '}
      {problem.status === 401 && <a href={hrefOf({ page: 'login', next: href })}>Sign in</a>}
      {problem.status !== 401 && retry && (
        <button type="button" onClick={retry}>
          Try again
        </button>
      )}
    </div>
  );
};
