import { buffer } from 'node:stream/consumers';
import { Readable } from 'node:stream';
import type { StepTemplate } from '#events';
import { JobSecrets, type KeptSecrets } from './job-secrets.js';

const step = (...secrets: readonly string[]): StepTemplate => ({ name: '', run: '', environment: {}, secrets });
const made = (kept?: Partial<KeptSecrets>) => {
  const saved: KeptSecrets[] = [];
  const values = [
    ['A', 'first secret'],
    ['B', 'second secret'],
  ] as const;
  const secrets = new JobSecrets({ values, withheld: [], ...kept }, (more) => saved.push(more));
  return { secrets, saved };
};

describe('the secrets of a job', () => {
  it('are variables of the steps that name them alone, and masked in all', async () => {
    const { secrets } = made();
    expect(secrets.variablesOf(step('B'))).toEqual({ B: 'second secret' });
    expect(secrets.variablesOf(step())).toEqual({});
    expect(secrets.variablesOf({ name: '', run: '', environment: {} })).toEqual({});
    const output = Readable.from([Buffer.from('a first sec'), Buffer.from('ret and a second secret')]);
    expect((await buffer(secrets.masked(output))).toString()).toBe('a *** and a ***');
    expect(secrets.mask('no second secret')).toBe('no ***');
  });

  it('cost nothing where there are none', () => {
    const output = Readable.from([]);
    expect(JobSecrets.NONE.masked(output)).toBe(output);
    expect(JobSecrets.NONE.mask('text')).toBe('text');
  });

  it('are kept out of outputs, by name and by value, in every form', () => {
    const outputs = new Map([
      ['GOOD', 'first'],
      ['BAD', `x${Buffer.from('first secret').toString('base64')}`],
      ['second%20secret', '1'],
    ]);
    expect([...made().secrets.handedOn(outputs)]).toEqual([['GOOD', 'first']]);
  });

  it('are told of at the end of the step that was the first to write them out, also by whoever comes next', () => {
    const { secrets, saved } = made();
    const outputs = new Map([['BAD', 'first secret']]);
    expect(secrets.withheldAt(2, outputs)).toEqual(['BAD']);
    expect(saved).toEqual([{ ...made().secrets.kept, withheld: [['BAD', 2]] }]);
    outputs.set('WORSE', 'second secret');
    expect(secrets.withheldAt(3, outputs)).toEqual(['WORSE']);
    const { secrets: successors } = made(saved.at(-1));
    expect(successors.withheldAt(3, outputs)).toEqual(['WORSE']);
    expect(successors.withheldAt(4, outputs)).toEqual([]);
  });
});
