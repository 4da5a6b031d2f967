import type { Diagnostic } from '#events';
import type { Pipeline } from './pipeline.js';

const JOB = ['notify'];

/**
 * What the language has and the services of this version do not carry out yet. A build that asks for it is rejected: what a
 * file says is done, or refused. This is the one list; an entry leaves it with the change that carries it out.
 */
const NOT_YET = new Map<string, string>([
  ...JOB.map((key) => [`job.${key}`, `\`${key}\` in a job`] as const),
  ...JOB.map((key) => [`pipeline.${key}`, `\`${key}\``] as const),
]);

/** Errors for what nothing carries out yet, in the order of the file. */
export const notCarriedOut = ({ uses }: Pipeline): Diagnostic[] =>
  [...uses]
    .flatMap(([what, places]) => {
      const words = NOT_YET.get(what);
      if (words === undefined) return [];
      const message = `${words} is part of the language, but this version does not carry it out yet`;
      return places.map((place): Diagnostic => ({ severity: 'error', code: 'CAIRN_SPEC_NOT_YET', message, ...place }));
    })
    .sort((a, b) => a.line - b.line || a.column - b.column);
