import { readInputs } from './index.js';
import { pipelineOf, planFor, request, trigger } from './test-specs.js';
import { planPipeline } from './plan-pipeline.js';

const SPEC = [
  'on:',
  '  manual:',
  '    inputs:',
  '      version: {required: true, description: What to release}',
  '      level: {type: choice, options: [low, high]}',
  '      dry: {type: boolean}',
  '      count: {type: number, default: 010}',
  '      note:',
  'environment: {VERSION: "${{ inputs.version }}-${{ inputs.count }}"}',
  'steps: [ls]',
];
const pipeline = () => pipelineOf(...SPEC);

describe('readInputs', () => {
  it('fills in the defaults', () =>
    expect(readInputs(pipeline(), { version: '1.2' })).toEqual({
      inputs: { version: '1.2', level: 'low', dry: 'false', count: '010', note: '' },
    }));

  it('tells everything that is wrong at once', () =>
    expect(readInputs(pipeline(), { level: 'hihg', dry: 'yes', count: 'x', nope: '1', note: 'a\0' }).faults).toEqual([
      'there is no input `nope`; did you mean `note`?',
      'the input `version` is required',
      'the input `level` is `hihg`; did you mean `high`?',
      'the input `dry` is `yes`; it must be `true` or `false`',
      'the input `count` is `x`; it must be a number',
      'the input `note` contains a NUL character',
    ]));

  it('knows no input where none is declared', () => {
    expect(readInputs(pipelineOf('steps: [ls]'), {})).toEqual({ inputs: {} });
    expect(readInputs(pipelineOf('steps: [ls]'), { constructor: 'x' }).faults).toEqual([
      'there is no input `constructor`',
    ]);
  });

  it('are what a plan is made with', () => {
    const manual = trigger({ event: 'manual', inputs: { version: '1.2' } });
    expect(planFor({ trigger: manual }, ...SPEC).templates[0]?.environment).toEqual({ VERSION: '1.2-010' });
    expect(planFor({}, ...SPEC).templates[0]?.environment).toEqual({ VERSION: '-010' });
  });

  it('make no plan when they do not fit', () => {
    const { plan, diagnostics } = planPipeline(pipeline(), request({ trigger: trigger({ event: 'manual' }) }));
    expect(plan).toBeUndefined();
    expect(diagnostics).toMatchObject([
      { code: 'CAIRN_SPEC_INPUTS_GIVEN', message: 'the input `version` is required', line: 1, endColumn: 3 },
    ]);
  });
});
