import { chooseExecutor } from './executor-choice.js';

const sample = { builtInSample: true, hasImage: true };
const bareSample = { builtInSample: true, hasImage: false };
const job = { builtInSample: false, hasImage: false };
const gone = 'Docker does not answer';

describe('chooseExecutor', () => {
  it.each([
    ['auto', undefined, job, { use: 'docker' }],
    ['auto', undefined, sample, { use: 'docker' }],
    ['auto', undefined, bareSample, { use: 'host' }],
    ['auto', gone, sample, { use: 'host' }],
    ['docker', undefined, bareSample, { use: 'docker' }],
    ['docker', undefined, job, { use: 'docker' }],
    ['docker', gone, sample, { wait: gone }],
    ['host', undefined, job, { use: 'host' }],
    ['host', gone, job, { use: 'host' }],
  ] as const)('%s, with the engine saying %s, for %j', (setting, unavailable, what, choice) => {
    expect(chooseExecutor(setting, unavailable, what)).toEqual(choice);
  });

  it('lets other jobs wait for an engine, and says what can be done', () => {
    const choice = chooseExecutor('auto', gone, job);
    expect(choice).toEqual({
      wait: expect.stringMatching(/^Docker does not answer; start Docker, or set CAIRN_EXECUTOR=host/),
    });
  });
});
