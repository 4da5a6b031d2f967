import { ESLint } from 'eslint';
import tseslint from 'typescript-eslint';

const IMPORTS = 'cairn/boundaries';

/** The rules of the repository without those that need types: the snippets are no files. */
const eslint = new ESLint({ overrideConfig: tseslint.configs.disableTypeChecked as never });

/** The rules that refuse the code in such a file. */
const refused = async (filePath: string, code: string): Promise<string[]> => {
  const [result] = await eslint.lintText(code, { filePath });
  return [...new Set(result?.messages.map(({ ruleId, message }) => ruleId ?? message))];
};

describe('the linter refuses', () => {
  it.each([
    ['libs/domain/src/x.ts', `import '@nestjs/common';`],
    ['libs/domain/src/x.ts', `import 'node:crypto';`],
    ['libs/domain/src/x.ts', `export * from '#jetstream';`],
    ['libs/events/src/x.ts', `import '@nats-io/jetstream';`],
    ['libs/events/src/x.ts', `import 'node:fs/promises';`],
    ['libs/spec/src/x.ts', `import 'node:net';`],
    ['libs/spec/src/x.ts', `export type X = import('#forge').Forge;`],
    ['libs/expression/src/x.ts', `import '#events';`],
    ['libs/glob/src/x.ts', `import '#errors';`],
    ['libs/domain/src/x.ts', `import '#glob';`],
    ['apps/notifier/src/x.ts', `import '#expression';`],
    ['apps/runner/src/x.ts', `import '#open-builds';`],
    ['libs/jetstream/src/x.ts', `import '#domain';`],
    ['libs/jetstream/src/x.ts', `import '#events/event.js';`],
    ['libs/jetstream/src/x.ts', `import '../../events/src/index.js';`],
    ['libs/jetstream/src/x.ts', `import '#testing';`],
    ['apps/planner/src/x.ts', `import '../../runner/src/executor/index.js';`],
    ['apps/planner/src/deep/x.ts', `export const load = () => import('../../../viewer/src/x.js');`],
    ['apps/planner/src/x.ts', `import 'node:child_process';`],
    ['apps/runner/src/x.ts', `import '#testing';`],
    ['apps/runner/src/x.ts', `import '../testing/scripted/index.js';`],
    ['apps/cli/src/x.ts', `import '#domain';`],
    ['apps/cli/src/x.ts', `import '../../standalone/src/local/main.js';`],
    ['apps/viewer/src/x.ts', `import '../web/src/api/api.js';`],
    ['apps/viewer/web/src/x.ts', `import '#jetstream';`],
    ['apps/standalone/src/x.ts', `import '../../../test/fakes/github/index.js';`],
    ['apps/ingest/src/x.ts', `import { env } from 'node:process'; export const x = env;`],
    ['apps/ingest/src/x.ts', `import 'fs';`],
  ])('in %s: %s', async (file, code) => expect(await refused(file, code)).toEqual([IMPORTS]));

  it.each([
    ['apps/planner/src/x.ts', `export const x = process.env.HOME;`, 'no-restricted-properties'],
    ['apps/planner/src/x.ts', `export const { env } = process;`, 'no-restricted-properties'],
    ['libs/forge/src/x.ts', `throw new Error('bare');`, 'no-restricted-syntax'],
    ['libs/forge/src/x.ts', `export default 1;`, 'no-restricted-syntax'],
    ['libs/forge/src/x.ts', `console.log(1);`, 'no-console'],
  ])('in %s: %s', async (file, code, rule) => expect(await refused(file, code)).toEqual([rule]));
});

describe('the linter allows', () => {
  it.each([
    ['libs/domain/src/x.ts', `import '#events'; import '#expression'; import './job.decider.js';`],
    ['libs/spec/src/x.ts', `import '#expression'; import '#glob';`],
    ['libs/domain/src/x.spec.ts', `import '#testing'; import 'node:fs'; throw new Error('in a test');`],
    ['libs/config/src/x.ts', `export const x = process.env.HOME;`],
    ['apps/runner/src/executor/x.ts', `import '../source/index.js'; import 'node:child_process'; import '#forge';`],
    ['apps/runner/src/x.int.spec.ts', `import '../../../test/fakes/github/index.js';`],
    ['apps/viewer/testing/x.ts', `import '#testing'; import '../src/start-viewer.js'; throw new Error('in a test');`],
    ['apps/runner/src/x.contract.ts', `import '../testing/scripted/index.js';`],
    ['apps/cli/src/x.ts', `import '#spec';`],
    ['apps/standalone/src/x.ts', `import '../../planner/src/start-planner.js';`],
    ['apps/viewer/web/src/x.ts', `import type { BuildView } from '#domain'; export type X = BuildView;`],
  ])('in %s: %s', async (file, code) => expect(await refused(file, code)).toEqual([]));
});
