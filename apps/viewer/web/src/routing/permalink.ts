/** A place in the log of a job: a line of a step, or the step's heading. */
export type LogTarget = Readonly<{ step: number; line?: number }>;

/** `#s2-L14`, or `#s2` for the heading of step 2. */
export const permalink = ({ step, line }: LogTarget): string => `#s${step}${line === undefined ? '' : `-L${line}`}`;

export const targetOf = (hash: string): LogTarget | undefined => {
  const match = /^#s(\d{1,6})(?:-L([1-9]\d{0,9}))?$/.exec(hash);
  if (!match) return undefined;
  return { step: Number(match[1]), ...(match[2] && { line: Number(match[2]) }) };
};
