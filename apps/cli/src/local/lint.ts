import { WrongUse } from '#errors';
import type { Diagnostic } from '#events';
import { hasColours, painter } from '../paint.js';
import { plain } from '../plain.js';
import { findingsForGitHub } from '../report/github.js';
import { countInWords, findingsForPeople } from '../report/human.js';
import { examine } from './examine.js';
import { optionsOf, type LocalCommand } from './local-command.js';
import { readSpec, type SpecFile } from './spec-file.js';

const FORMATS = ['human', 'json', 'github'] as const;
type Format = (typeof FORMATS)[number];
const OPTIONS = { format: { type: 'string' }, json: { type: 'boolean' } } as const;

const formatOf = (format = 'human'): Format => {
  const known = FORMATS.find((name) => name === format);
  if (!known) throw new WrongUse(`there is no format ${JSON.stringify(format)}; there are ${FORMATS.join(', ')}`);
  return known;
};

const forPrograms = (file: SpecFile, diagnostics: readonly Diagnostic[]): string => {
  const errors = diagnostics.filter(({ severity }) => severity === 'error').length;
  const answer = { file: file.name, errors, warnings: diagnostics.length - errors, diagnostics };
  return `${JSON.stringify(answer, null, 2)}\n`;
};

/** `cairn lint [file]`: what is wrong with a spec. Exit codes: 0 in order (there may be warnings), 1 errors. */
export const lint: LocalCommand = async (args, { directory, environment, input, output }) => {
  const { values, word } = optionsOf(args, OPTIONS);
  const format = formatOf(values.format ?? (values.json ? 'json' : undefined));
  const file = await readSpec(word, directory, input);
  const { pipeline, diagnostics } = examine(file.text);
  if (format === 'json') output.out(forPrograms(file, diagnostics));
  else if (format === 'github') output.out(findingsForGitHub(file.name, diagnostics));
  else {
    const paint = painter(hasColours(output.isTerminal === true, environment));
    output.out(findingsForPeople(file.name, file.text, diagnostics, paint));
    const count = countInWords(diagnostics);
    const jobs = pipeline?.jobs.length ?? 0;
    const inOrder = `in order, ${jobs} job${jobs === 1 ? '' : 's'}`;
    output.out(`${plain(file.name)}: ${count ?? inOrder}\n`);
  }
  return diagnostics.some(({ severity }) => severity === 'error') ? 1 : 0;
};
