import 'reflect-metadata';
import { InvalidSettings } from '#errors';
import { composeEnvironment } from './compose-environment.js';
import { loadSettings, unknownSettings } from './service-settings.js';

const own = { dataDirectory: '/srv/cairn', webhookSecret: 'w'.repeat(20), adminToken: 'a'.repeat(20) };

const problemsOf = (environment: Record<string, string>): readonly string[] => {
  try {
    loadSettings(composeEnvironment(environment, own));
    return [];
  } catch (error) {
    if (error instanceof InvalidSettings) return error.problems;
    throw error;
  }
};

describe('settings of the standalone', () => {
  it('are complete without any being set', () => {
    const settings = loadSettings(composeEnvironment({}, own));
    expect(settings.viewer).toMatchObject({ CAIRN_ADMIN_TOKEN: own.adminToken, CAIRN_DATA_DIR: '/srv/cairn' });
    expect(settings.planner).toMatchObject({ CAIRN_REPOS: 'cairn/sample', CAIRN_GIT_ROOT: '/srv/cairn/git' });
    expect(settings.runner.CAIRN_SAMPLE_REPO).toBe('cairn/sample');
  });

  it('keep what is set', () => {
    const given = { CAIRN_ADMIN_TOKEN: 'b'.repeat(20), CAIRN_REPOS: 'octo/*', CAIRN_GIT_ROOT: '/srv/git' };
    const { viewer, planner } = loadSettings(composeEnvironment(given, own));
    expect([viewer.CAIRN_ADMIN_TOKEN, planner.CAIRN_REPOS, planner.CAIRN_GIT_ROOT]).toEqual([
      'b'.repeat(20),
      'octo/*,cairn/sample',
      '/srv/git',
    ]);
  });

  it('name every problem of every service at once, each once, without a value', () => {
    const problems = problemsOf({
      CAIRN_HTTP_PORT: '99999',
      CAIRN_EXECUTOR: 'sandcastle',
      CAIRN_ADMIN_TOKEN: 'hunter2',
      CAIRN_NATS_URL: 'nats://example.org:4222',
    });
    const names = problems.map((problem) => problem.split(':')[0]);
    expect(names.sort()).toEqual(['CAIRN_ADMIN_TOKEN', 'CAIRN_EXECUTOR', 'CAIRN_HTTP_PORT', 'CAIRN_NATS_URL']);
    expect(problems.join()).not.toMatch(/sandcastle|hunter2|99999/);
  });

  it.each(['nats://127.0.0.1:4222', 'nats://localhost:4222', 'tls://nats.example.org:4222'])('take %s', (url) =>
    expect(problemsOf({ CAIRN_NATS_URL: url })).toEqual([]),
  );
  it.each(['nats://10.0.0.1:4222', 'nats://127.0.0.1.example.org', 'nats://127.0.0.1:4222,nats://example.org:4222'])(
    'refuse %s: what is not loopback must be TLS',
    (url) => expect(problemsOf({ CAIRN_NATS_URL: url })).toHaveLength(1),
  );

  it('tell a misspelt name in .env', () => {
    expect(unknownSettings(['CAIRN_EXECUTER', 'CAIRN_REPOS', 'HOME', 'CAIRN_NOTHING_LIKE_IT'])).toEqual([
      '.env: CAIRN_EXECUTER is not a setting; did you mean `CAIRN_EXECUTOR`?',
      '.env: CAIRN_NOTHING_LIKE_IT is not a setting',
    ]);
  });
});
