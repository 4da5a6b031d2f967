import type { Diagnostic } from '#events';
import { notCarriedOut, parseSpec, type Pipeline } from '#spec';

export type Examined = Readonly<{ pipeline?: Pipeline | undefined; diagnostics: readonly Diagnostic[] }>;

const isBefore = (a: Diagnostic, b: Diagnostic): number => a.line - b.line || a.column - b.column;

/** All that is wrong with a spec before anything is known of a trigger: faults, and what this version does not do yet. */
export const examine = (text: string): Examined => {
  const { pipeline, diagnostics } = parseSpec(text);
  if (!pipeline) return { diagnostics };
  return { pipeline, diagnostics: [...diagnostics, ...notCarriedOut(pipeline)].sort(isBefore) };
};
