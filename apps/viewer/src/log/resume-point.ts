/** Where the stream of an attempt goes on: after this byte of this step. */
export type ResumePoint = Readonly<{ attempt: number; step: number; offset: number }>;

const ID = /^([1-9]\d{0,5})\.(\d{1,6})\.(\d{1,15})$/;

/** As the `id` of a server-sent event. */
export const eventId = ({ attempt, step, offset }: ResumePoint): string => `${attempt}.${step}.${offset}`;

/** Undefined for what is no id of ours: the stream then begins at its beginning. */
export const resumePoint = (id: string | undefined): ResumePoint | undefined => {
  const [, attempt, step, offset] = ID.exec(id ?? '') ?? [];
  return attempt === undefined ? undefined : { attempt: Number(attempt), step: Number(step), offset: Number(offset) };
};
