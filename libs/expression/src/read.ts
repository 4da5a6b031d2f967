import { checkInto } from './check.js';
import { Faults, type Result } from './fault.js';
import { treeOfSource } from './parse-expression.js';
import type { Scope } from './scope.js';
import { MAX_EXPRESSION, type Expression } from './syntax.js';
import { expressionsOf, partsOf, type Template } from './template.js';

/** Parses and checks an expression. */
export const readExpression = (source: string, scope: Scope): Result<Expression> => {
  const faults = new Faults();
  const tree = treeOfSource(source, faults, MAX_EXPRESSION);
  if (tree) checkInto(tree, scope, faults);
  return faults.resultOf(tree as Expression); // there is one, or a fault
};

/** Parses and checks a text with expressions in it: those that can be read are checked even if others cannot. */
export const readTemplate = (text: string, scope: Scope): Result<Template> => {
  const faults = new Faults();
  const template = partsOf(text, faults, MAX_EXPRESSION);
  for (const expression of expressionsOf(template)) checkInto(expression, scope, faults);
  return faults.resultOf(template);
};
