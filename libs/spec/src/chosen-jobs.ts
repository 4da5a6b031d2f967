import type { Plan } from '#events';

/** The plan with only the jobs of these names, and those that they need, however far back. */
export const onlyJobs = (plan: Plan, names: readonly string[]): Plan => {
  const wanted = new Set(names);
  // Each row stands after what it needs: one walk from the end sees all who need a job before the job itself.
  for (const { name, needs } of [...plan.jobs].reverse())
    if (wanted.has(name)) needs.forEach((need) => wanted.add(need));
  const isWanted = ({ name }: Readonly<{ name: string }>): boolean => wanted.has(name);
  return { ...plan, templates: plan.templates.filter(isWanted), jobs: plan.jobs.filter(isWanted) };
};
