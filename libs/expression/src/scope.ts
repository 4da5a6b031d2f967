import type { ContextName } from './contexts.js';
import type { FunctionName } from './functions.js';

/** What may be used where an expression stands. What is not named is refused. */
export type Scope = Readonly<{
  /** The place in words, for messages: ``in `image` ``. */
  where: string;
  /**
   * Context → its names there: the keys of the matrix, the variables under `environment`, the inputs, the needed jobs,
   * and those fields of `cairn` that are known in time. An empty set is allowed, and has no names.
   */
  contexts: Readonly<Partial<Record<ContextName, ReadonlySet<string>>>>;
  /** All jobs of the pipeline: tells a job that is not needed from one that does not exist. */
  jobs?: ReadonlySet<string>;
  functions?: readonly FunctionName[];
  /** The text is handed to a shell: what may not stand in it is told with the variable to use instead. */
  command?: boolean;
}>;
