import type { BuildStatus, DeliveryView } from '#domain';

/** What changed, for pages that watch. `seq`: the sequence of the event that changed it. */
export type Notice =
  | Readonly<{
      kind: 'build';
      data: Readonly<{ id: string; number: number; repo: string; status: BuildStatus; seq: number }>;
    }>
  | Readonly<{ kind: 'delivery'; data: Readonly<{ id: string; outcome: DeliveryView['outcome']; seq: number }> }>
  | Readonly<{ kind: 'repo'; data: Readonly<{ id: string; seq: number }> }>;
