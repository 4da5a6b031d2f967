import { isFunction, type FunctionName } from './functions.js';
import { childrenOf, type Expression, type Path } from './syntax.js';

/** What expressions ask for. `hashes`: the globs of each `hash(…)`, as written. */
export type Uses = Readonly<{
  paths: readonly Path[];
  functions: ReadonlySet<FunctionName>;
  hashes: readonly (readonly string[])[];
}>;

/** What the expressions use, in the order of the text; `usesOf(...expressionsOf(template))` for a template. */
export const usesOf = (...expressions: readonly Expression[]): Uses => {
  const paths: Path[] = [];
  const functions = new Set<FunctionName>();
  const hashes: string[][] = [];
  const visit = (expression: Expression): void => {
    if (expression.kind === 'path') paths.push(expression);
    if (expression.kind === 'call') {
      if (isFunction(expression.name)) functions.add(expression.name);
      if (expression.name === 'hash')
        hashes.push(expression.args.flatMap((argument) => (argument.kind === 'text' ? [argument.value] : [])));
    }
    childrenOf(expression).forEach(visit);
  };
  expressions.forEach(visit);
  return { paths, functions, hashes };
};
