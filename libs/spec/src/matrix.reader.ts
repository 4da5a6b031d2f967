import { isMap, type Node } from 'yaml';
import { spanOf } from './findings.js';
import { cureOf } from './foreign-keys.js';
import { LEVELS } from './keys.js';
import { combinationsOf, expand, type Axes, type Cell, type MatrixSpec } from './matrix.js';
import { MAX_JOBS } from './pipeline.js';
import { IsAxisName } from './rules.js';
import type { Entries, Entry, SpecSource } from './spec-source.js';
import { checkText } from './text.reader.js';
import { itemsOf, readFlag, readInteger } from './values.reader.js';
import { didYouMean, shown } from './wording.js';

/** Before `exclude`, in the whole file. */
export const MAX_COMBINATIONS = 5_000;
const MAX_AXES = 20;
/** With those that `include` adds. */
const MAX_NAMES = 50;
const MAX_VALUE = 1_000;
const OWN: readonly string[] = LEVELS.matrix.keys;

/** How many combinations the file may still make. */
export type MatrixBudget = { combinations: number };

/** An axis, as the rules for names see it. */
export class AxisName {
  @IsAxisName()
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
}

const readValue = (source: SpecSource, node: Node, what: string): string | undefined => {
  const value = source.scalar(node, what, 'must be a single text');
  if (value === undefined || !checkText(source, node, value, what)) return undefined;
  if (value.length <= MAX_VALUE) return value;
  return source.error('TOO_LONG', node, `a value in a matrix has at most ${MAX_VALUE} characters`);
};

const readAxis = (source: SpecSource, { key, span, value }: Entry): string[] | undefined => {
  const cure = cureOf('matrix', key);
  if (cure) source.findings.error('FOREIGN_KEY', span, `${shown(key)} is called \`${cure.use}\` here`, cure.use);
  else source.check(new AxisName(key), () => span);
  if (cure) return undefined;
  const list = source.list(value, `the axis ${shown(key)}`, 'must be a list of values');
  if (!list) return [];
  if (list.items.length === 0) {
    source.error('MATRIX_EMPTY', list, `the axis ${shown(key)} has no value; the job would have no cell`);
    return [];
  }
  const values = new Set<string>();
  for (const item of list.items) {
    const text = readValue(source, item, `a value of ${shown(key)}`);
    if (text !== undefined && values.has(text))
      source.findings.warning('MATRIX_VALUE_TWICE', spanOf(item), `${shown(text)} is given twice; it makes one cell`);
    else if (text !== undefined) values.add(text);
  }
  return [...values];
};

const readCell = (source: SpecSource, node: Node, key: string): Cell => {
  const cell = new Map<string, string>();
  const mapping = source.mapping(node, `an item of \`${key}\``, 'must be a mapping of names to values');
  for (const entry of mapping ? source.entries(mapping) : []) {
    source.check(new AxisName(entry.key), () => entry.span);
    const value = readValue(source, entry.value, `the value of ${shown(entry.key)}`);
    if (value !== undefined) cell.set(entry.key, value);
  }
  if (mapping?.items.length === 0) source.error('EMPTY', mapping, `an item of \`${key}\` is empty`);
  return cell;
};

const readCells = (source: SpecSource, entry: Entry | undefined): { nodes: Node[]; cells: Cell[] } => {
  const nodes = itemsOf(source, entry);
  return { nodes, cells: nodes.map((node) => readCell(source, node, entry?.key ?? '')) };
};

/** What is wrong with an entry of `exclude` that takes nothing away. */
const excludesNothing = (entry: Cell, axes: Axes): string => {
  const name = [...entry.keys()].find((key) => !axes.has(key));
  if (name === undefined) return 'nothing is excluded: no combination has these values';
  return `nothing is excluded: ${shown(name)} is no axis of the matrix${didYouMean(name, axes.keys())}`;
};

const readAxes = (source: SpecSource, node: Node, entries: readonly Entry[]): Axes => {
  const written = entries.filter(({ key }) => !OWN.includes(key));
  if (written.length > MAX_AXES) source.error('TOO_MANY', node, `a matrix has at most ${MAX_AXES} axes`);
  const axes = new Map<string, string[]>();
  for (const entry of written.slice(0, MAX_AXES)) {
    const values = readAxis(source, entry);
    if (values) axes.set(entry.key, values);
  }
  return axes;
};

const readSettings = (source: SpecSource, entries: Entries): Pick<MatrixSpec, 'failFast' | 'maxParallel'> => ({
  failFast: readFlag(source, entries.get('fail_fast')),
  maxParallel: readInteger(source, entries.get('max_parallel'), 1, MAX_JOBS),
});

/** The cells of a matrix. Undefined when there is no matrix, or one that makes no sense, which was reported. */
export const readMatrix = (
  source: SpecSource,
  entry: Entry | undefined,
  budget: MatrixBudget,
): MatrixSpec | undefined => {
  const mapping = entry && source.mapping(entry.value, '`matrix`', 'must be a mapping of axes to lists of values');
  if (!entry || !mapping) return undefined;
  const before = source.findings.count;
  const entries = source.entries(mapping);
  const own = new Map(entries.map((each) => [each.key, each]));
  const axes = readAxes(source, mapping, entries);
  const exclude = readCells(source, own.get('exclude'));
  const include = readCells(source, own.get('include'));
  const settings = readSettings(source, own);
  const names = namesOfMatrix(source, entry);
  if (names.size > MAX_NAMES) source.error('TOO_MANY', mapping, `a matrix has at most ${MAX_NAMES} names`);
  if (source.findings.count > before) return undefined;
  if (axes.size === 0 && include.cells.length === 0)
    return source.error('MATRIX_EMPTY', mapping, 'the matrix has no axis; write a name and a list of values');
  const combinations = combinationsOf(axes);
  budget.combinations -= combinations;
  if (budget.combinations < 0)
    return source.error(
      'MATRIX_TOO_LARGE',
      mapping,
      `the axes make ${combinations} combinations; before \`exclude\` a file has at most ${MAX_COMBINATIONS}`,
    );
  const expansion = expand(axes, exclude.cells, include.cells);
  for (const index of expansion.excludesNothing)
    source.findings.warning(
      'MATRIX_EXCLUDES_NOTHING',
      spanOf(exclude.nodes[index] as Node),
      excludesNothing(exclude.cells[index] as Cell, axes),
    );
  for (const index of expansion.includesNothing)
    source.findings.warning(
      'MATRIX_CELL_TWICE',
      spanOf(include.nodes[index] as Node),
      'nothing is included: a cell has these values already',
    );
  if (expansion.cells.length === 0)
    return source.error('MATRIX_EMPTY', own.get('exclude')?.value ?? mapping, '`exclude` leaves no cell of the matrix');
  return { cells: expansion.cells, names, ...settings };
};

/** The names that a matrix gives expressions, also where it could not be read. */
export const namesOfMatrix = (source: SpecSource, entry: Entry | undefined): ReadonlySet<string> => {
  const found = entry && source.resolve(entry.value);
  if (!isMap(found)) return new Set();
  const entries = source.entries(found);
  const include = itemsOf(
    source,
    entries.find(({ key }) => key === 'include'),
  ).flatMap((node) => {
    const cell = source.resolve(node);
    return isMap(cell) ? source.entries(cell).map(({ key }) => key) : [];
  });
  return new Set([...entries.map(({ key }) => key).filter((key) => !OWN.includes(key)), ...include]);
};
