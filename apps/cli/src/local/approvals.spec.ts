import { WrongUse } from '#errors';
import { planOfJobs, plannedJob } from '#testing';
import { approvedRun } from './approvals.js';

const jobs = [plannedJob('test'), plannedJob('deploy', ['test']), plannedJob('smoke', ['deploy']), plannedJob('docs')];
const plan = planOfJobs(jobs, { deploy: { approval: true } });

describe('a run on this machine', () => {
  it('leaves out a job with `approval`, and what needs it', () =>
    expect(approvedRun(plan, undefined, [])).toEqual({
      ...{ jobs: ['test', 'docs'], approved: [], leftOut: ['deploy', 'smoke'] },
    }));
  it('takes it when it is named', () => {
    expect(approvedRun(plan, 'deploy', [])).toEqual({ jobs: ['deploy'], approved: ['deploy'], leftOut: [] });
    expect(approvedRun(plan, undefined, ['deploy'])).toEqual({ jobs: undefined, approved: ['deploy'], leftOut: [] });
    expect(approvedRun(plan, 'smoke', ['deploy'])).toEqual({ jobs: ['smoke'], approved: ['deploy'], leftOut: [] });
  });
  it('does not take it because another needs it', () => {
    expect(() => approvedRun(plan, 'smoke', [])).toThrow(/`smoke` needs `deploy`.*--approve deploy/);
    expect(() => approvedRun(plan, 'smoke', [])).toThrow(WrongUse);
  });
  it('knows what may be approved', () => {
    expect(() => approvedRun(plan, undefined, ['test'])).toThrow(WrongUse);
    expect(approvedRun(planOfJobs([plannedJob('test')]), 'test', [])).toEqual({
      ...{ jobs: ['test'], approved: [], leftOut: [] },
    });
  });
});
