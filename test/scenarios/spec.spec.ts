import { parseSpec, planPipeline, readInputs, startsOn } from '#spec';
import { driven } from './driven.js';
import { rowsOf, said, scenarios, triggerOf, type ExpectedJob, type Scenario } from './scenario.js';

const REPO = { repo: 'octo/cat', repoId: 'gh-1' };

/** Which of a row's properties are looked at, with `undefined` for those that must not be there. */
const asExpected = ({ runs, line, steps, ...rest }: ExpectedJob, row: Record<string, unknown>) => {
  const why = row['why'] as { runs: boolean; line?: number } | undefined;
  const written = (row['steps'] ?? []) as readonly { name: string; run: string }[];
  return {
    ...Object.fromEntries(Object.keys(rest).map((key) => [key, row[key]])),
    ...(runs === undefined ? {} : { runs: why?.runs === false ? 'no' : 'yes' }),
    ...(line === undefined ? {} : { line: why?.line }),
    ...(steps && { steps: written.map((step, index) => (typeof steps[index] === 'string' ? step.run : step)) }),
  };
};

const wanted = (job: ExpectedJob) =>
  Object.fromEntries(Object.entries(job).map(([key, value]) => [key, value === 'undefined' ? undefined : value]));

const planOf = (scenario: Scenario) => {
  const { pipeline, diagnostics } = parseSpec(scenario.spec);
  expect(said(diagnostics, scenario.findings ?? [])).toEqual(scenario.findings ?? []);
  if (!pipeline) return undefined;
  const trigger = triggerOf(scenario);
  const given = readInputs(pipeline, scenario.inputs ?? {});
  const faults = trigger.event === 'manual' ? (given.faults ?? []) : [];
  expect(faults).toEqual((scenario.inputFaults ?? []).map((words) => expect.stringContaining(words)));
  const withInputs = trigger.event === 'manual' && given.inputs ? { ...trigger, inputs: given.inputs } : trigger;
  const files = scenario.changed && { changedFiles: scenario.changed };
  return {
    starts: startsOn(pipeline, withInputs, scenario.changed),
    trigger: withInputs,
    ...planPipeline(pipeline, { trigger: withInputs, ...REPO, ...files }),
  };
};

describe.each([...scenarios()])('%s', (_theme, cases) => {
  it.each(cases.map((scenario) => [scenario.case, scenario] as const))('%s', (_name, scenario) => {
    const answer = planOf(scenario);
    if (!answer)
      return expect([scenario.plan, scenario.starts, scenario.ends]).toEqual([undefined, undefined, undefined]);
    const { starts, plan, diagnostics, trigger } = answer;
    expect(said(diagnostics, scenario.planFindings ?? [])).toEqual(scenario.planFindings ?? []);
    if (scenario.starts !== undefined) {
      const line = scenario.starts.includes(' line ') ? ` line ${starts.line}` : '';
      expect(`${starts.runs ? 'yes' : 'no'}${line}`).toBe(scenario.starts);
      expect(starts.detail).not.toBe('');
    }
    if (scenario.planFindings) return expect(plan).toBeUndefined();
    if (!plan) throw new Error('there is no plan');
    if (scenario.jobs !== undefined) expect(plan.jobs).toHaveLength(scenario.jobs);
    if (scenario.plan) {
      const rows = rowsOf(plan);
      expect([...rows.keys()]).toEqual(Object.keys(scenario.plan));
      for (const [name, job] of Object.entries(scenario.plan)) {
        const row = rows.get(name) ?? {};
        if (row['why'] !== undefined) expect(row['why']).toMatchObject({ detail: expect.stringMatching(/./) });
        expect({ job: name, ...asExpected(job, row) }).toMatchObject({ job: name, ...wanted(job) });
      }
    }
    if (scenario.ends) {
      const { ends, build } = driven(plan, trigger, scenario.outcomes ?? {});
      expect({ ends, build }).toEqual({ ends: scenario.ends, build: scenario.build });
    }
    return undefined;
  });
});

it('are many', () => expect([...scenarios().values()].flat().length).toBeGreaterThan(200));
