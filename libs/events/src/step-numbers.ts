import type { JobTemplate } from './plan.types.js';

/** The number of a job's own last step but services: what is kept is told in it. */
export const keepingStep = ({ steps }: Pick<JobTemplate, 'steps'>): number => steps.length + 1;

/** The number of the log of the service at that position of `services`. */
export const serviceStep = (template: Pick<JobTemplate, 'steps'>, position: number): number =>
  keepingStep(template) + 1 + position;

/** As its log is named among those of the steps. */
export const serviceLogName = (service: string): string => `service ${service}`;
