import { isMap, isScalar, isSeq, type Node, type YAMLMap } from 'yaml';
import { complaintAbout } from './keys.js';
import { readEnvironment } from './environment.reader.js';
import { StepSpec } from './pipeline.js';
import type { Entry, SpecSource } from './spec-source.js';
import { offsetOf } from './survey.js';
import { shown } from './wording.js';

const NESTED = 'a step cannot be a list; to run several commands in one shell, write them as a list under `run`';

const readRun = (source: SpecSource, node: Node): string[] => {
  const found = source.resolve(node);
  if (!found) return [];
  if (!isSeq(found)) {
    const command = source.words(found, '`run`', 'must be a command or a list of commands');
    return command === undefined ? [] : [command];
  }
  if (found.items.length === 0) source.error(found, '`run` is an empty list; write at least one command');
  return found.items.flatMap((item) => source.words(item as Node, 'a command in `run`') ?? []);
};

const readStepMapping = (source: SpecSource, mapping: YAMLMap): StepSpec | undefined => {
  const known = new Map<string, Entry>();
  const entries = source.entries(mapping);
  for (const entry of entries) {
    // `- echo foo: bar` is a mapping to YAML, and a command to everybody else
    const complaint = /\s/.test(entry.key)
      ? `${shown(`${entry.key}:`)} makes this line a mapping; to have it as a command, put the whole of it in quotes`
      : complaintAbout('step', entry.key);
    if (complaint === undefined) known.set(entry.key, entry);
    else source.findings.error(entry.at, complaint);
  }
  const name = known.get('name');
  const run = known.get('run');
  const step = new StepSpec({
    name: name && source.words(name.value, 'the name of a step'),
    run: run ? readRun(source, run.value) : [],
    environment: readEnvironment(source, known.get('environment')),
  });
  if (name) source.check(step, () => offsetOf(name.value));
  if (!run && known.size === entries.length) return source.error(mapping, 'a step needs `run`, the command to run');
  return step;
};

const readStep = (source: SpecSource, node: Node): StepSpec | undefined => {
  const found = source.resolve(node);
  if (!found) return undefined;
  if (isMap(found)) return readStepMapping(source, found);
  if (isSeq(found)) return source.error(found, NESTED);
  if (isScalar(found) && found.value === null)
    return source.error(found, 'a step is empty; write a command after the `-`');
  const command = source.words(found, 'a command');
  return command === undefined ? undefined : new StepSpec({ run: [command], environment: new Map() });
};

/** A list of steps, not empty; `what` names the list in messages. */
export const readSteps = (source: SpecSource, node: Node, what: string): StepSpec[] => {
  const list = source.list(node, what, 'must be a list of commands, each on its own line after `- `');
  if (list?.items.length === 0) source.error(list, `${what} is an empty list; write at least one command`);
  return (list?.items ?? []).flatMap((item) => readStep(source, item) ?? []);
};
