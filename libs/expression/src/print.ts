import type { Expression } from './syntax.js';

/** How tightly an expression holds together: one that holds less tightly than its place asks gets parentheses. */
const tightness = ({ kind }: Expression): number => {
  if (kind === 'any') return 0;
  if (kind === 'all') return 1;
  return kind === 'compare' ? 2 : 3;
};

/** The source of an expression, with as few parentheses as it can be read with: parsed again, it is the same tree. */
export const printExpression = (expression: Expression): string => print(expression, 0);

const print = (expression: Expression, least: number): string =>
  tightness(expression) < least ? `(${bare(expression)})` : bare(expression);

const bare = (expression: Expression): string => {
  switch (expression.kind) {
    case 'text':
      return `'${expression.value.replaceAll("'", "''")}'`;
    case 'number':
      return expression.source;
    case 'boolean':
      return String(expression.value);
    case 'path':
      return expression.names.join('.');
    case 'call':
      return `${expression.name}(${expression.args.map((argument) => print(argument, 0)).join(', ')})`;
    case 'not':
      return `!${print(expression.operand, 3)}`;
    case 'compare':
      return `${print(expression.left, 3)} ${expression.operator} ${print(expression.right, 3)}`;
    case 'all':
      return expression.operands.map((operand) => print(operand, 2)).join(' && ');
    case 'any':
      return expression.operands.map((operand) => print(operand, 1)).join(' || ');
  }
};
