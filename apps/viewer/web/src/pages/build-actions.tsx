import type { BuildView } from '#domain';
import { useState } from 'preact/hooks';
import { api, type ApiProblem, type BuildAction } from '../api/api.js';
import { asProblem } from '../api/use-resource.js';
import { hrefOf } from '../routing/route.js';
import { Problem } from '../ui/problem.js';
import { useSession } from '../ui/session.js';

const ENDED: readonly BuildView['status'][] = ['passed', 'failed', 'cancelled', 'rejected'];

const ANSWERS: Readonly<Record<BuildAction, string>> = {
  cancel: 'Asked to cancel. The state changes here when the jobs have stopped.',
  rerun: 'Asked to run again. The new build appears in the list of builds.',
  approve: 'Approved. It starts when a runner is free.',
};

/** What may be asked of a build by whoever is signed in. The answer is an event, which changes the page when it comes. */
export const BuildActions = ({ build }: Readonly<{ build: BuildView }>) => {
  const { session } = useSession();
  const [asked, setAsked] = useState<Readonly<{ action: BuildAction; status: string; busy: boolean }>>();
  const [problem, setProblem] = useState<ApiProblem>();
  if (!session?.admin) return null;

  const ask = async (action: BuildAction, job?: string): Promise<void> => {
    setProblem(undefined);
    setAsked({ action, status: build.status, busy: true });
    const approved = { sha: build.sha, ...(job === undefined ? {} : { job }) };
    try {
      await api.ask(build.id, action, session.csrf, action === 'approve' ? approved : undefined);
      setAsked({ action, status: build.status, busy: false });
    } catch (error) {
      setAsked(undefined);
      setProblem(asProblem(error));
    }
  };
  const button = (action: BuildAction, label: string, look: string, job?: string) => (
    <button
      key={label}
      type="button"
      class={look}
      data-testid={job === undefined ? action : `${action}-${job}`}
      disabled={asked?.busy}
      onClick={() => void ask(action, job)}
    >
      {label}
    </button>
  );
  const jobs = [...new Set(build.jobs.flatMap((job) => (job.status === 'awaiting_approval' ? [job.name] : [])))];
  const gated = build.status === 'awaiting_approval' && jobs.length === 0;
  const ended = ENDED.includes(build.status);
  // An answer is about the state that the build had when it was asked; a rerun changes nothing here.
  const current =
    asked && !asked.busy && (asked.action === 'rerun' || asked.status === build.status) ? asked : undefined;
  return (
    <div class="actions">
      {gated && button('approve', `Approve ${build.sha.slice(0, 7)}`, 'primary')}
      {jobs.map((job) => button('approve', `Approve ${job}`, 'primary', job))}
      {!ended && button('cancel', 'Cancel', 'danger')}
      {ended && button('rerun', 'Run again', '')}
      <p class="answer" role="status">
        {current && ANSWERS[current.action]}
        {current?.action === 'rerun' && ' '}
        {current?.action === 'rerun' && (
          <a href={hrefOf({ page: 'builds', filter: { repo: build.repo } })}>Show builds</a>
        )}
      </p>
      {problem && <Problem problem={problem} />}
    </div>
  );
};
