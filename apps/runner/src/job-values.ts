import { cairnNames, namesOf } from '#domain';
import type { Values } from '#expression';
import { pageOf } from './job-environment.js';
import type { JobOf } from './job-of.js';

/** What the expressions of a job are worked out with. */
export const jobValues = ({ request, planned, attempt, needs }: JobOf, publicUrl: string): Values => ({
  cairn: new Map([
    ...cairnNames(request, planned.name),
    ['attempt', String(attempt)],
    ['url', pageOf(request, planned.id, publicUrl)],
  ]),
  matrix: namesOf(planned.cell),
  inputs: namesOf(request.trigger.inputs),
  needs,
});
