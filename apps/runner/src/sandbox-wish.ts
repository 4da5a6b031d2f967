import type { JobTemplate } from '#events';
import type { SandboxWish } from './executor/index.js';
import { jobEnvironment } from './job-environment.js';
import type { JobOf } from './job-of.js';

/** What steps need beside the job's own container. An image that is the job's own needs no other. */
const stepPlaces = ({ image, steps }: JobTemplate): Pick<SandboxWish, 'stepImages' | 'stepUsers'> => {
  const running = steps.filter(({ skipped }) => !skipped);
  const images = new Set(
    running.flatMap((step) => (step.image === undefined || step.image === image ? [] : [step.image])),
  );
  return {
    ...(images.size > 0 ? { stepImages: [...images] } : {}),
    ...(running.some(({ user }) => user !== undefined) ? { stepUsers: true } : {}),
  };
};

/** What a place for the job must have; `template`: that of the job, with its texts worked out. */
export const wishOf = ({ request, planned, attempt }: JobOf, template: JobTemplate, publicUrl: string): SandboxWish => {
  const { image, resources, services } = template;
  const of = { job: planned.name, jobId: planned.id, attempt };
  return {
    ...(image === undefined ? {} : { image }),
    environment: { ...template.environment, ...jobEnvironment(request, of, publicUrl) },
    fork: request.trigger.pullRequest?.fork === true,
    ...(resources === undefined ? {} : { resources }),
    ...(services === undefined ? {} : { services }),
    ...stepPlaces(template),
  };
};
