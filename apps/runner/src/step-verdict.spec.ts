import type { EarlierStatus, StepTemplate } from '#events';
import { stepVerdict, type StepVerdict } from './step-verdict.js';

const step = (change: Partial<StepTemplate> = {}): StepTemplate => ({
  name: 'x',
  run: 'x',
  environment: {},
  ...change,
});
const values = { matrix: new Map([['node', '22']]), environment: new Map([['LEVEL', '2']]) };

describe('a step whose turn has come', () => {
  it.each<[string, Partial<StepTemplate>, EarlierStatus, StepVerdict]>([
    ['runs after steps that passed', {}, 'passed', 'run'],
    ['does not run after a failure', {}, 'failed', 'skip'],
    ['does not run after a cancellation', {}, 'cancelled', 'skip'],
    ['runs after a failure when it says so', { when: { status: ['passed', 'failed'] } }, 'failed', 'run'],
    ['runs only after a failure when it says so', { when: { status: ['failed'] } }, 'passed', 'skip'],
    ['cleans up after a cancellation', { when: { status: ['cancelled'] } }, 'cancelled', 'run'],
    ['does not run when planning has decided so', { skipped: { runs: false, detail: 'x' } }, 'passed', 'skip'],
    ['asks its expression', { when: { expression: "matrix.node == '22'" } }, 'passed', 'run'],
    [
      'asks the environment of job and step',
      { when: { expression: "environment.LEVEL == '3'" }, environment: { LEVEL: '3' } },
      'passed',
      'run',
    ],
    ['is skipped when its expression is false', { when: { expression: "environment.LEVEL == '3'" } }, 'passed', 'skip'],
    [
      'knows that something failed',
      { when: { status: ['passed', 'failed', 'cancelled'], expression: 'failed()' } },
      'failed',
      'run',
    ],
    [
      'knows that nothing failed',
      { when: { status: ['passed', 'failed', 'cancelled'], expression: 'failed()' } },
      'passed',
      'skip',
    ],
  ])('%s', (_, change, earlier, verdict) => expect(stepVerdict(step(change), earlier, values)).toEqual(verdict));

  it('says what is wrong with a condition that cannot be worked out', () =>
    expect(stepVerdict(step({ when: { expression: "matrix.node < 'x'" } }), 'passed', values)).toEqual({
      fault: expect.stringContaining('<') as string,
    }));
});
