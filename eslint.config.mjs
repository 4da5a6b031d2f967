import tseslint from 'typescript-eslint';
import { boundaries } from './scripts/lint/boundaries.rule.mjs';

const TESTS = [
  ...['**/*.spec.ts', '**/*.contract.ts', '**/*.builder.ts', '**/*.fake.ts', '**/test-*.ts'],
  ...['apps/*/testing/**', 'test/**'],
];
const WEB = ['apps/viewer/web/**'];

const BARE_ERROR = {
  selector: 'NewExpression[callee.name=/^(Error|TypeError|RangeError|AggregateError)$/]',
  message: 'Throw a class of #errors: it has a stable code, and says what becomes of the message that caused it.',
};
const DEFAULT_EXPORT = { selector: 'ExportDefaultDeclaration', message: 'Name what you export.' };
const PROCESS_ENV = { object: 'process', property: 'env', message: 'Settings come from loadConfig in #config.' };

/** Formatting is prettier's; the folder table of the style guide is `scripts/lint/boundaries.rule.mjs`. */
export default tseslint.config(
  { ignores: ['dist/**', 'node_modules/**', '**/*.json'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  ...tseslint.configs.recommended,
  {
    rules: {
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-control-regex': 'error',
      'no-eval': 'error',
      'no-implied-eval': 'error',
      'no-new-func': 'error',
      'no-self-compare': 'error',
      'no-unreachable-loop': 'error',
      '@typescript-eslint/consistent-type-imports': [
        'error',
        { fixStyle: 'inline-type-imports', disallowTypeAnnotations: false },
      ],
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true },
      ],
    },
  },
  {
    files: ['apps/**/*.{ts,tsx}', 'libs/**/*.ts', 'test/**/*.ts'],
    plugins: { cairn: { rules: { boundaries } } },
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      'cairn/boundaries': 'error',
      'no-restricted-syntax': ['error', DEFAULT_EXPORT],
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/only-throw-error': 'error',
    },
  },
  {
    files: ['apps/**/*.ts', 'libs/**/*.ts'],
    ignores: [...TESTS, ...WEB, 'libs/testing/**'],
    rules: {
      'no-console': 'error',
      'no-restricted-properties': ['error', PROCESS_ENV],
      'no-restricted-syntax': ['error', DEFAULT_EXPORT, BARE_ERROR],
    },
  },
  { files: ['libs/config/**'], rules: { 'no-restricted-properties': 'off' } },
  { files: ['apps/viewer/web/vite.config.ts'], rules: { 'no-restricted-syntax': 'off' } },
);
