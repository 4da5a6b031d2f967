import {
  fact,
  type BuildRegistered,
  type CommandContext,
  type Decider,
  type OpenBuild,
  type RepoEvent,
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
        origin: BuildRegistered['data']['origin'];
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

const register = (repo: RepoSnapshot, command: RepoCommand & { type: 'RegisterBuild' }): RepoEvent[] => {
  const { buildId, trigger, origin } = command;
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
  };
  const superseded = isStale ? { supersededBy: newest[2] } : {};
  return [
    fact('BuildRegistered', 1, command, { repo: next, build, trigger, origin, supersedes, ...superseded }, buildId),
  ];
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
        return state.snapshot?.enabled ? [] : [fact('RepoEnabled', 1, command, { repo: { ...repo, enabled: true } })];
      case 'DisableRepo':
        return state.snapshot?.enabled === false
          ? []
          : [fact('RepoDisabled', 1, command, { repo: { ...repo, enabled: false } })];
      case 'RegisterBuild':
        return register(repo, command);
      case 'CloseRef':
        return closeRef(repo, command);
      case 'CloseBuild':
        return closeBuild(state.snapshot ?? repo, command); // an old build must not bring an old name back
    }
  },
};
