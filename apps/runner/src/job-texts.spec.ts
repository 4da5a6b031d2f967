import type { JobTemplate } from '#events';
import { withTexts } from './job-texts.js';

const values = {
  cairn: new Map([['build_number', '7']]),
  matrix: new Map([['node', '22']]),
  needs: new Map([['build', new Map([['VERSION', '1.2.3']])]]),
};
const job = (change: Partial<JobTemplate>): JobTemplate => ({ name: 'test', environment: {}, steps: [], ...change });

describe("a job's texts", () => {
  it('are worked out with what the job knows', () => {
    const step = {
      name: 'On ${{ matrix.node }}',
      run: 'nvm use ${{ matrix.node }}',
      environment: { FULL: '${{ environment.TAG }}+${{ cairn.build_number }}' },
      workingDirectory: 'pkg/${{ environment.FULL }}',
    };
    const template = job({
      image: 'node:${{ matrix.node }}',
      environment: { TAG: 'v${{ needs.build.VERSION }}', NOT_THERE: '<${{ needs.build.NOTHING }}>' },
      steps: [step],
    });
    expect(withTexts(template, values)).toEqual({
      ...template,
      image: 'node:22',
      environment: { TAG: 'v1.2.3', NOT_THERE: '<>' },
      steps: [
        {
          name: 'On 22',
          run: 'nvm use 22',
          environment: { FULL: 'v1.2.3+7' },
          workingDirectory: 'pkg/v1.2.3+7',
        },
      ],
    });
  });

  it('are never worked out twice: what came in is text', () => {
    const needs = new Map([['build', new Map([['VERSION', '${{ matrix.node }}']])]]);
    const { environment } = withTexts(job({ environment: { V: '${{ needs.build.VERSION }}' } }), { ...values, needs });
    expect(environment).toEqual({ V: '${{ matrix.node }}' });
  });

  it('name their place when they cannot be worked out', () =>
    expect(() => withTexts(job({ image: "x:${{ matrix.node < 'a' }}" }), values)).toThrow(/^image: /));
});
