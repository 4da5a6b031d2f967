import type { Node, Token } from './pattern.js';

/** How many patterns without braces a pattern stands for; what is above `limit` is not counted. */
export const countExpansions = (nodes: readonly Node[], limit: number): number => {
  let product = 1;
  for (const node of nodes) {
    if (node.kind !== 'choice') continue;
    const sum = node.of.reduce((total, choice) => total + countExpansions(choice, limit), 0);
    product = Math.min(product * sum, limit + 1);
  }
  return product;
};

/** The patterns without braces that a pattern stands for, in the order of the text. */
export const expansionsOf = (nodes: readonly Node[]): Token[][] => {
  let sequences: Token[][] = [[]];
  for (const node of nodes) {
    if (node.kind !== 'choice') for (const sequence of sequences) sequence.push(node);
    else {
      const choices = node.of.flatMap(expansionsOf);
      sequences = sequences.flatMap((sequence) => choices.map((choice) => [...sequence, ...choice]));
    }
  }
  return sequences;
};
