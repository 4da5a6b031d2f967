import { evaluate, isTrue, MAX_REDUCED, parseExpression, type Values } from '#expression';
import type { EarlierStatus, StepTemplate } from '#events';

/** What becomes of a step when its turn has come. `fault`: its condition cannot be worked out. */
export type StepVerdict = 'run' | 'skip' | Readonly<{ fault: string }>;

const DEFAULT_STATUS: readonly EarlierStatus[] = ['passed'];

/** `earlier`: how the steps before it have ended, taken together. `values`: those of the job. */
export const stepVerdict = (step: StepTemplate, earlier: EarlierStatus, values: Values): StepVerdict => {
  const { status = DEFAULT_STATUS, expression } = step.when ?? {};
  if (step.skipped || !status.includes(earlier)) return 'skip';
  if (expression === undefined) return 'run';
  const environment = new Map([...(values.environment ?? []), ...Object.entries(step.environment)]);
  const functions = { passed: () => earlier === 'passed', failed: () => earlier === 'failed', always: () => true };
  const parsed = parseExpression(expression, MAX_REDUCED);
  const result = parsed.ok ? evaluate(parsed.value, { ...values, environment }, functions) : parsed;
  if (!result.ok) return { fault: result.faults[0]?.message ?? expression };
  return isTrue(result.value) ? 'run' : 'skip';
};
