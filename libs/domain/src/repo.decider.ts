import {
  fact,
  type CommandContext,
  type Decider,
  type OpenBuild,
  type Origin,
  type RepoEvent,
  type RepoSchedules,
  type RepoSnapshot,
  type Trigger,
} from '#events';

export type RepoIdentity = Readonly<{ repoId: string; repo: string; defaultBranch: string }>;

export type RepoCommand = CommandContext &
  RepoIdentity &
  (
    | Readonly<{ type: 'EnableRepo' }>
    | Readonly<{ type: 'DisableRepo' }>
    | Readonly<{
        type: 'RegisterBuild';
        buildId: string;
        trigger: Trigger;
        /** The webhook's sequence; a person's request has none and supersedes nothing. */
        sequence?: number;
        origin: Origin;
        /** The time of which schedule it is. */
        schedule?: Readonly<{ cron: string; slot: string }>;
      }>
    | Readonly<{
        type: 'SetSchedules';
        schedules: readonly Readonly<{ cron: string; line: number }>[];
        sequence?: number;
      }>
    | Readonly<{ type: 'CloseRef'; ref: string; sequence: number }>
    | Readonly<{ type: 'CloseBuild'; buildId: string }>
  );

export type RepoState = Readonly<{ snapshot?: RepoSnapshot }>;

/** Refs whose newest build is remembered: enough for the pushes that are on their way at once. */
const SEEN_REFS = 500;

const snapshotOf = ({ snapshot }: RepoState, { repoId, repo, defaultBranch }: RepoIdentity): RepoSnapshot => ({
  enabled: null,
  counter: 0,
  open: [],
  seen: [],
  ...snapshot,
  repoId,
  repo,
  defaultBranch,
});

const canBeSuperseded = ({ event, isDefaultBranch }: Trigger): boolean =>
  event === 'pull_request' || (event === 'push' && !isDefaultBranch);

const withSeen = (seen: RepoSnapshot['seen'], ref: string, sequence: number, buildId: string): RepoSnapshot['seen'] =>
  [...seen.filter(([name]) => name !== ref), [ref, sequence, buildId] as const].slice(-SEEN_REFS);

/** What fell into the time in which it was not to build is passed over. */
const enabled = ({ schedules, ...repo }: RepoSnapshot, at: string): RepoSnapshot => {
  const entries = schedules?.entries.map((entry) => ({ ...entry, slot: at }));
  return { ...repo, enabled: true, ...(schedules && entries ? { schedules: { ...schedules, entries } } : {}) };
};

type Schedule = Readonly<{ cron: string; slot: string }>;

/** Each time is built once, and none that is older than the last. */
const isPast = ({ schedules }: RepoSnapshot, { cron, slot }: Schedule): boolean =>
  !schedules?.entries.some((entry) => entry.cron === cron && entry.slot < slot);

const withSlot = (schedules: RepoSchedules, { cron, slot }: Schedule): RepoSchedules => ({
  ...schedules,
  entries: schedules.entries.map((entry) => (entry.cron === cron ? { ...entry, slot } : entry)),
});

const register = (repo: RepoSnapshot, command: RepoCommand & { type: 'RegisterBuild' }): RepoEvent[] => {
  const { buildId, trigger, origin, schedule } = command;
  if (schedule && isPast(repo, schedule)) return [];
  if (repo.open.some((open) => open.buildId === buildId) || repo.seen.some(([, , seen]) => seen === buildId)) return [];
  const newest = repo.seen.find(([ref]) => ref === trigger.ref);
  const sequence = command.sequence ?? newest?.[1] ?? 0;
  const isStale = newest !== undefined && newest[1] > sequence && canBeSuperseded(trigger);
  const build: OpenBuild = { buildId, number: repo.counter + 1, ref: trigger.ref, sequence };
  const supersedes = canBeSuperseded(trigger)
    ? repo.open.filter((open) => open.ref === trigger.ref && open.sequence < sequence).map((open) => open.buildId)
    : [];
  const isNewest = newest === undefined || sequence >= newest[1];
  const next: RepoSnapshot = {
    ...repo,
    counter: build.number,
    open: [...repo.open, build],
    seen: isNewest ? withSeen(repo.seen, trigger.ref, sequence, buildId) : repo.seen,
    ...(schedule && repo.schedules ? { schedules: withSlot(repo.schedules, schedule) } : {}),
  };
  const superseded = isStale ? { supersededBy: newest[2] } : {};
  return [
    fact('BuildRegistered', 1, command, { repo: next, build, trigger, origin, supersedes, ...superseded }, buildId),
  ];
};

/** The webhook that told of the default branch last, as far as it was written down. */
export const newestPush = ({ schedules, seen, defaultBranch }: RepoSnapshot): number => {
  const [, pushed = 0] = seen.find(([ref]) => ref === `refs/heads/${defaultBranch}`) ?? [];
  return Math.max(schedules?.sequence ?? 0, pushed);
};

/** What was there keeps its times, so that none is built twice; what is new begins now. */
const setSchedules = (repo: RepoSnapshot, command: RepoCommand & { type: 'SetSchedules' }): RepoEvent[] => {
  const before = repo.schedules?.entries ?? [];
  const { sequence = newestPush(repo), schedules, at } = command;
  if (sequence < newestPush(repo)) return []; // a newer push was seen first
  const slots = new Map(before.map(({ cron, slot }) => [cron, slot]));
  const lines = new Map([...schedules].reverse().map(({ cron, line }) => [cron, line]));
  const entries = [...lines].reverse().map(([cron, line]) => ({ cron, line, slot: slots.get(cron) ?? at }));
  const isSame =
    entries.length === before.length &&
    entries.every(({ cron, line }, index) => before[index]?.cron === cron && before[index].line === line);
  if (isSame) return [];
  return [fact('SchedulesSet', 1, command, { repo: { ...repo, schedules: { sequence, entries } } }, sequence)];
};

const closeRef = (repo: RepoSnapshot, command: RepoCommand & { type: 'CloseRef' }): RepoEvent[] => {
  const { ref, sequence } = command;
  const newest = repo.seen.find(([name]) => name === ref);
  if (newest && newest[1] >= sequence) return []; // closed already, or built again since: that superseded what was open
  const cancels = repo.open.filter((open) => open.ref === ref && open.sequence < sequence).map((open) => open.buildId);
  const next = { ...repo, seen: withSeen(repo.seen, ref, sequence, '') };
  return [fact('RefClosed', 1, command, { repo: next, ref, cancels }, ref)];
};

const closeBuild = (repo: RepoSnapshot, command: RepoCommand & { type: 'CloseBuild' }): RepoEvent[] => {
  const { buildId } = command;
  if (!repo.open.some((open) => open.buildId === buildId)) return [];
  const next = { ...repo, open: repo.open.filter((open) => open.buildId !== buildId) };
  return [fact('BuildClosed', 1, command, { repo: next, buildId }, buildId)];
};

/** A repository: whether it may build, its numbers, its open builds, and which push of a ref is the newest. */
export const repoDecider: Decider<RepoState, RepoCommand, RepoEvent> = {
  snapshots: true,
  initialState: () => ({}),
  evolve: (_state, event) => ({ snapshot: event.data.repo }),
  decide: (state, command) => {
    const repo = snapshotOf(state, command);
    switch (command.type) {
      case 'EnableRepo':
        return state.snapshot?.enabled ? [] : [fact('RepoEnabled', 1, command, { repo: enabled(repo, command.at) })];
      case 'DisableRepo':
        return state.snapshot?.enabled === false
          ? []
          : [fact('RepoDisabled', 1, command, { repo: { ...repo, enabled: false } })];
      case 'RegisterBuild':
        return register(repo, command);
      case 'SetSchedules':
        return setSchedules(repo, command);
      case 'CloseRef':
        return closeRef(repo, command);
      case 'CloseBuild':
        return closeBuild(state.snapshot ?? repo, command); // an old build must not bring an old name back
    }
  },
};
