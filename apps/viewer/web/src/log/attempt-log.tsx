import type { BuildView, JobView, StepView } from '#domain';
import { useMemo } from 'preact/hooks';
import { targetOf } from '../routing/permalink.js';
import { hrefOf } from '../routing/route.js';
import { Problem } from '../ui/problem.js';
import { useStoredFlag } from '../ui/use-stored-flag.js';
import { ErrorList } from './error-list.js';
import { LogView } from './log-view.js';
import { useLogStream } from './use-log-stream.js';

export const OPEN: readonly JobView['status'][] = ['waiting', 'awaiting_approval', 'queued', 'running'];

export type AttemptLogProps = Readonly<{
  build: BuildView;
  job: JobView;
  attempt: number;
  hash: string;
  onEnd: () => void;
}>;

/** The log of an attempt's steps, or of the one service. */
export const AttemptLog = (props: AttemptLogProps & Readonly<{ service?: StepView }>) => {
  const { build, job, attempt, hash, onEnd, service } = props;
  const { model, version, state, problem } = useLogStream(build.id, job.id, attempt, service?.index, onEnd);
  const [times, toggleTimes] = useStoredFlag('cairn.times');
  const newest = attempt === job.attempt;
  const isHere = (step: StepView): boolean => (service ? step.index === service.index : step.service === null);
  // While rendering, since the same rendering shows it; saying it twice changes nothing.
  useMemo(() => {
    if (newest) for (const step of job.steps.filter(isHere)) model.describe(step);
  }, [job, model, newest]);
  const failed = newest && !service ? job.steps.find(({ status }) => status === 'failed')?.index : undefined;
  const target = targetOf(hash);
  const asked = target && job.steps.find(({ index }) => index === target.step);
  const outcome = newest ? job.status : job.earlier.find((earlier) => earlier.attempt === attempt)?.outcome;
  const page = hrefOf({ page: 'job', build: build.id, job: job.id, attempt });
  const isAsked = asked ? isHere(asked) : !service;
  return (
    <>
      {problem && <Problem problem={problem} />}
      {state === 'lost' && !problem && (
        <p class="problem" role="status">
          The connection is lost; the log goes on where it stopped as soon as it is back.
        </p>
      )}
      {/* Asked for when the log is here and over: the lines come first, and no error can be missing. */}
      {!service && state === 'ended' && (
        <ErrorList build={build.id} job={job.id} attempt={attempt} failed={outcome === 'failed'} page={page} />
      )}
      <LogView
        model={model}
        version={version}
        over={state === 'ended'}
        build={build.id}
        job={job.id}
        attempt={attempt}
        page={page}
        target={isAsked ? target : undefined}
        failed={job.status === 'failed' ? failed : undefined}
        growing={newest && OPEN.includes(job.status)}
        times={times}
        onTimes={toggleTimes}
      />
    </>
  );
};
