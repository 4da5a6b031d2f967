import { Type } from 'class-transformer';
import { IsBoolean, IsInt, IsOptional, IsString, IsUrl, Max, Min, MinLength } from 'class-validator';
import fc from 'fast-check';
import { InvalidSettings } from '#errors';
import {
  Flag,
  LOG_LEVELS,
  Lease,
  ServiceConfig,
  levelsFrom,
  loadConfig,
  natsSettings,
  type Environment,
} from './index.js';

class TestConfig extends ServiceConfig {
  @IsUrl({ protocols: ['https'], require_protocol: true, require_tld: false })
  readonly TEST_URL: string = 'https://localhost';

  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(64)
  readonly TEST_COUNT: number = 8;

  @Flag()
  @IsBoolean()
  readonly TEST_FLAG: boolean = false;

  @MinLength(16)
  readonly TEST_SECRET: string = '';

  @Lease()
  readonly TEST_LEASE: number = 15;

  @IsOptional()
  @IsString()
  readonly TEST_OPTIONAL: string | undefined = undefined;
}

const SECRET = { TEST_SECRET: 'long enough to be a secret' };
const load = (environment: Environment = {}) => loadConfig(TestConfig, { ...SECRET, ...environment });
const problems = (environment: Environment): readonly string[] => {
  try {
    loadConfig(TestConfig, environment);
  } catch (error) {
    if (error instanceof InvalidSettings) return error.problems;
    throw error;
  }
  return [];
};

describe('loadConfig', () => {
  it('takes defaults for what is not set', () =>
    expect(load()).toMatchObject({
      TEST_COUNT: 8,
      TEST_FLAG: false,
      CAIRN_LOG_LEVEL: 'log',
      TEST_OPTIONAL: undefined,
    }));

  it('takes what is set, as what it is, without space around it', () =>
    expect(
      load({ TEST_COUNT: ' 3 ', TEST_FLAG: 'yes', TEST_OPTIONAL: 'x', TEST_URL: 'https://example.org' }),
    ).toMatchObject({
      TEST_COUNT: 3,
      TEST_FLAG: true,
      TEST_OPTIONAL: 'x',
      TEST_URL: 'https://example.org',
    }));

  it.each(['', '   ', '\t\n'])('takes an empty variable (%j) for one that is not set', (empty) => {
    expect(load({ TEST_COUNT: empty, TEST_OPTIONAL: empty, CAIRN_NATS_URL: empty })).toEqual(load());
    expect(problems({ TEST_SECRET: empty })).toHaveLength(1);
  });

  it('reads the settings of the class above as well', () => {
    expect(load({ CAIRN_NATS_URL: 'tls://nats:4222' }).CAIRN_NATS_URL).toBe('tls://nats:4222');
    expect(problems({ ...SECRET, CAIRN_NATS_URL: 'http://nats', CAIRN_LOG_LEVEL: 'loud' })).toEqual([
      expect.stringMatching(/^CAIRN_NATS_URL: must be/),
      expect.stringMatching(/^CAIRN_LOG_LEVEL: must be one of error, warn, log, debug$/),
    ]);
  });

  it.each([
    ['true', true],
    ['1', true],
    ['YES', true],
    ['false', false],
    ['0', false],
    ['No', false],
  ])('reads %s as %p', (text, value) => expect(load({ TEST_FLAG: text }).TEST_FLAG).toBe(value));

  it.each(['maybe', '2', 'truely', 'on'])('refuses %s as a flag', (text) =>
    expect(problems({ ...SECRET, TEST_FLAG: text })).toEqual([expect.stringMatching(/^TEST_FLAG: must be a boolean/)]),
  );

  it.each(['x', '1.5', '0', '65', '-1', 'NaN', 'Infinity', '8 8'])('refuses %s as a number from 1 to 64', (text) =>
    expect(problems({ ...SECRET, TEST_COUNT: text })).toHaveLength(1),
  );

  it('names every problem at once, never a value', () => {
    const canary = fc.string({ minLength: 1, maxLength: 6 }).map((text) => `~k9${text}~`);
    fc.assert(
      fc.property(canary, (value) => {
        const names = ['CAIRN_NATS_URL', 'CAIRN_LOG_LEVEL', 'TEST_URL', 'TEST_COUNT', 'TEST_FLAG', 'TEST_SECRET'];
        const found = problems(Object.fromEntries(names.map((name) => [name, value])));
        expect(found.map((problem) => problem.split(':')[0]).sort()).toEqual([...names].sort());
        const message = new InvalidSettings(found).message;
        expect(message).not.toContain('~k9');
        for (const problem of found) expect(message).toContain(problem);
      }),
    );
  });

  it('takes nothing that is not a setting of the class', () =>
    expect(Object.keys(load({ OTHER: 'x', constructor: 'y', __proto__: 'z' } as Environment))).toEqual(
      Object.keys(load()),
    ));

  it('cannot be changed afterwards', () => expect(() => Object.assign(load(), { TEST_COUNT: 1 })).toThrow(TypeError));
});

describe('service settings', () => {
  it('refuse a lease that a healthy runner could miss', () => {
    expect(load({ TEST_LEASE: '5' }).TEST_LEASE).toBe(5);
    expect(problems({ ...SECRET, TEST_LEASE: '4' })).toEqual(['TEST_LEASE: must not be less than 5']);
  });

  it('give the levels down to the one that is set', () => {
    expect(LOG_LEVELS.map(levelsFrom).map(({ length }) => length)).toEqual([1, 2, 3, 4]);
    expect(levelsFrom('warn')).toEqual(['error', 'warn']);
  });

  it('give NATS only what is set', () => {
    expect(natsSettings(load(), 'planner')).toEqual({ url: 'nats://127.0.0.1:4222', name: 'planner' });
    expect(
      natsSettings(
        load({ CAIRN_NATS_USER: 'planner', CAIRN_NATS_PASSWORD: 'p', CAIRN_NATS_CA_FILE: '/ca.pem' }),
        'planner',
      ),
    ).toMatchObject({ user: 'planner', password: 'p', caFile: '/ca.pem' });
  });
});
