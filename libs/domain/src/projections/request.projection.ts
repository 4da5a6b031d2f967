import type { RequestEvent } from '#events';

/** What became of something that a person asked for. */
export type RequestView = Readonly<{
  id: string;
  status: 'pending' | 'accepted' | 'refused';
  buildId: string | null;
  /** Why it was refused, for people. */
  detail: string | null;
}>;

/** Asked for, and not answered yet. */
export const pendingRequest = (id: string): RequestView => ({ id, status: 'pending', buildId: null, detail: null });

export const requestView = (id: string, event: RequestEvent): RequestView => {
  if (event.type === 'RequestRefused') return { id, status: 'refused', buildId: null, detail: event.data.detail };
  const { decision, buildId } = event.data;
  const led = decision?.kind === 'build' ? decision.buildId : buildId;
  return { id, status: 'accepted', buildId: led ?? null, detail: null };
};
