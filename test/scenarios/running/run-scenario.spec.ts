import { parseSpec, planPipeline } from '#spec';
import { rowsOf, triggerOf } from '../scenario.js';
import { jobTitle } from './run-outcome.js';
import { readRunScenarios, runScenarios, type RunScenario } from './run-scenario.js';

const cases = [...runScenarios()].flatMap(([theme, list]) =>
  list.map((scenario): [string, RunScenario] => [`${theme}: ${scenario.case}`, scenario]),
);

/** All that a case may name: the commands, services and jobs of its spec. */
const namesIn = ({ spec, trigger, inputs }: RunScenario) => {
  const { pipeline } = parseSpec(spec);
  const asTrigger = triggerOf({ case: '', spec, ...(trigger && { trigger }), ...(inputs && { inputs }) });
  const { plan } = pipeline ? planPipeline(pipeline, { trigger: asTrigger, repo: 'octo/cat', repoId: 'gh-1' }) : {};
  const rows = plan ? [...rowsOf(plan).values()] : [];
  const listed = (key: string): readonly Record<string, unknown>[] =>
    rows.flatMap((row) => (row[key] ?? []) as readonly Record<string, unknown>[]);
  return {
    run: new Set(listed('steps').map((step) => step['run'])),
    service: new Set(listed('services').map(({ name }) => name)),
    job: new Set(rows.map(({ name }) => name)),
    title: new Set(rows.map((row) => jobTitle(row as Parameters<typeof jobTitle>[0]))),
  };
};

describe('the scenarios of runs', () => {
  it.each(cases)('%s: names what its spec has', (_title, scenario) => {
    const { does = [], acts = [] } = scenario;
    const names = namesIn(scenario);
    const unknown = [
      ...does.flatMap(({ run, service, job }) => [
        ...(run === undefined || names.run.has(run) ? [] : [`run: ${run}`]),
        ...(service === undefined || names.service.has(service) ? [] : [`service: ${service}`]),
        ...(job === undefined || names.job.has(job) ? [] : [`job: ${job}`]),
      ]),
      ...acts.flatMap(({ when, in: place, approve }) => [
        ...(when.job === undefined || names.title.has(when.job) ? [] : [`when: ${when.job}`]),
        ...(place === undefined || names.title.has(place) ? [] : [`in: ${place}`]),
        ...(approve === undefined || approve === 'build' || names.job.has(approve) ? [] : [`approve: ${approve}`]),
      ]),
    ];
    expect(unknown).toEqual([]);
  });

  it('are called by different names', () => expect(new Set(cases.map(([title]) => title)).size).toBe(cases.length));

  it.each([
    ['a key that there is not', 'acts: [{ when: { says: up }, cancle: true }]', /case\.yml\/0\/acts\/0 .*cancle/],
    ['a status that there is not', 'ends: { build: pased, jobs: {} }', /case\.yml\/0\/ends\/build .*allowed/],
    ['a deed that there is not', 'does: [{ run: ls, sya: hello }]', /case\.yml\/0\/does\/0 .*sya/],
    ['a deed within a deed', 'does: [{ run: ls, trap: { exti: 1 } }]', /case\.yml\/0\/does\/0\/trap .*exti/],
    ['nothing that is expected', 'files: {}', /case\.yml\/0 .*ends/],
  ])('are refused with %s', (_what, line, words) => {
    const ends = line.startsWith('ends') || line.startsWith('files') ? '' : '  ends: { build: passed, jobs: {} }\n';
    expect(() => readRunScenarios(`- case: a\n  spec: 'steps: [ls]'\n  ${line}\n${ends}`, 'case.yml')).toThrow(words);
  });
});
