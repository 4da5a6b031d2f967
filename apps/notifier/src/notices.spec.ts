import { loadConfig } from '#config';
import { ForgeRefused, StatusRefused, StreamUnavailable } from '#errors';
import { buildId, subjects, type NoticeEvent, type PlanEvent } from '#events';
import type { CommitStatus, Forge, Forges } from '#forge';
import { Aggregates, InMemoryEventStore } from '#jetstream';
import { storyOf } from './build-story.builder.js';
import { Notices } from './notices.js';
import { NotifierConfig } from './notifier.config.js';
import { StatusSender } from './status-sender.js';

const ID = buildId(1, 'a delivery');
const SHA = 'a'.repeat(40);
const BEGIN = Date.parse('2026-01-01T00:00:00Z');

/** One world: events, a forge, and as many replicas of the notifier as a test asks for. */
const world = (environment: Record<string, string> = {}) => {
  const store = new InMemoryEventStore();
  const shown: string[] = [];
  let answer: (status: CommitStatus) => Promise<void> = () => Promise.resolve();
  let now = BEGIN;
  const create = async (_repo: string, status: CommitStatus): Promise<void> => {
    await answer(status);
    shown.push(status.state);
  };
  const forges: Forges = { of: () => ({ kind: 'github', statuses: { create } }) as unknown as Forge };
  const clock = (): string => new Date(now).toISOString();
  const config = loadConfig(NotifierConfig, environment);
  return {
    store,
    shown,
    answers: (next: typeof answer): void => void (answer = next),
    passes: (ms: number): void => void (now += ms),
    replica: (own = new Aggregates(store)): Notices => new Notices(own, new StatusSender(forges, clock), clock, config),
    tell: async (id: string, ...events: readonly PlanEvent[]): Promise<number> => {
      const { revision } = await store.load(subjects.plan(id));
      return store.append(subjects.plan(id), events, revision);
    },
    notices: async (id = ID): Promise<string[]> => {
      const { events } = await store.load<NoticeEvent>(subjects.notice(id));
      return events.map(({ type, data }) => `${type} ${data.state}`);
    },
  };
};

const occasion = (sequence: number, unsure = false) => ({ cause: `event ${sequence}`, sequence, unsure });
const story = (id = ID) => storyOf({ buildId: id, sha: SHA, begin: BEGIN });

/** A forge that is slow to take one state; `asked` settles when it was asked to. */
const heldBack = (state: string) => {
  let [isAsked, release] = [(): void => undefined, (): void => undefined];
  const asked = new Promise<void>((resolve) => (isAsked = resolve));
  const held = new Promise<void>((resolve) => (release = resolve));
  const answer = (status: CommitStatus): Promise<void> => {
    if (status.state !== state) return Promise.resolve();
    isAsked();
    return held;
  };
  return { asked, release: (): void => release(), answer };
};

describe('notices', () => {
  it('sends a status once, however often its event is delivered', async () => {
    const { tell, replica, shown, notices } = world();
    const sequence = await tell(ID, story().requested());
    for (const notifier of [replica(), replica()]) {
      await notifier.settle(ID, occasion(sequence));
      await notifier.settle(ID, occasion(sequence));
    }
    expect([shown, await notices()]).toEqual([['pending'], ['NotificationSent pending']]);
  });

  it('never leaves the older of two states that replicas send at once', async () => {
    const { tell, replica, answers, shown, notices } = world();
    const { requested, planned, finished } = story();
    const first = await tell(ID, requested());
    const { asked, release, answer } = heldBack('pending');
    answers(answer);
    const slow = replica().settle(ID, occasion(first));
    await asked;
    const last = await tell(ID, planned('test'), finished('passed'));
    await replica().settle(ID, occasion(last));
    expect(shown).toEqual(['success']);
    release();
    await slow;
    expect(shown).toEqual(['success', 'pending', 'success']);
    expect(await notices()).toEqual(['NotificationSent success', 'NotificationSent success']);
  });

  it('is content when replicas send the same at once', async () => {
    const { tell, replica, answers, shown, notices } = world();
    const sequence = await tell(ID, story().requested());
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    answers(() => held);
    const all = [replica(), replica(), replica()].map((notifier) => notifier.settle(ID, occasion(sequence)));
    release();
    await Promise.all(all);
    expect(shown).toEqual(['pending', 'pending', 'pending']);
    expect(await notices()).toEqual(['NotificationSent pending']);
  });

  it('settles what a replica sent too late and died before it could notice', async () => {
    const { tell, store, replica, answers, shown } = world();
    const { requested, finished } = story();
    const first = await tell(ID, requested());
    const { asked, release, answer } = heldBack('pending');
    answers(answer);
    const dying = Object.assign(Object.create(store) as InMemoryEventStore, {
      append: () => Promise.reject(new StreamUnavailable('the process was killed')),
    });
    const slow = replica(new Aggregates(dying)).settle(ID, occasion(first));
    await asked;
    await replica().settle(ID, occasion(await tell(ID, finished('passed'))));
    release();
    await expect(slow).rejects.toThrow(StreamUnavailable);
    expect(shown).toEqual(['success', 'pending']);
    await replica().settle(ID, occasion(first, true));
    expect(shown.at(-1)).toBe('success');
  });

  it('sends again after a crash between sending and the record', async () => {
    const { tell, store, replica, shown, notices } = world();
    const sequence = await tell(ID, story().requested());
    const dying = Object.assign(Object.create(store) as InMemoryEventStore, {
      append: () => Promise.reject(new StreamUnavailable('the process was killed')),
    });
    await expect(replica(new Aggregates(dying)).settle(ID, occasion(sequence))).rejects.toThrow(StreamUnavailable);
    expect([shown, await notices()]).toEqual([['pending'], []]);
    await replica().settle(ID, occasion(sequence, true));
    expect([shown, await notices()]).toEqual([['pending', 'pending'], ['NotificationSent pending']]);
  });

  it('records a refusal once, tries again for as long as is set, and succeeds when it is repaired', async () => {
    const { tell, replica, answers, passes, shown, notices } = world({ CAIRN_NOTIFIER_RETRY_SECONDS: '60' });
    const { requested, finished } = story();
    const refuse = (): Promise<void> => Promise.reject(new ForgeRefused('no rights'));
    answers(refuse);
    const first = await tell(ID, requested());
    await replica().settle(ID, occasion(first)); // the next event will try again
    const last = await tell(ID, finished('passed'));
    await replica().settle(ID, occasion(first, true));
    for (const unsure of [false, true])
      await expect(replica().settle(ID, occasion(last, unsure))).rejects.toMatchObject({ retryAfterMs: 60_000 });
    passes(1_800_000);
    await expect(replica().settle(ID, occasion(last, true))).rejects.toThrow(StatusRefused);
    expect(await notices()).toEqual(['NotificationFailed pending', 'NotificationFailed success']);
    answers(() => Promise.resolve());
    await replica().settle(ID, occasion(last, true));
    expect(shown).toEqual(['success']);
    expect((await notices()).at(-1)).toBe('NotificationSent success');
  });

  it('gives up a refused status when its time is over', async () => {
    const { tell, replica, answers, passes } = world({ CAIRN_NOTIFIER_RETRY_HOURS: '2' });
    const { requested, finished } = story();
    const first = await tell(ID, requested());
    await replica().settle(ID, occasion(first));
    answers(() => Promise.reject(new ForgeRefused('no rights')));
    const last = await tell(ID, finished('passed'));
    await expect(replica().settle(ID, occasion(last))).rejects.toThrow(StatusRefused);
    passes(3 * 3_600_000);
    await replica().settle(ID, occasion(last, true));
  });

  it('settles what is shown as pending however late, and starts nothing for builds of long ago', async () => {
    const { tell, replica, passes, shown } = world();
    const old = buildId(1, 'of long ago');
    const { requested, finished } = story();
    await replica().settle(ID, occasion(await tell(ID, requested())));
    const last = await tell(ID, finished('failed'));
    const forgotten = await tell(old, storyOf({ buildId: old, sha: 'b'.repeat(40), begin: BEGIN }).requested());
    const ended = await tell(old, storyOf({ buildId: old, sha: 'b'.repeat(40), begin: BEGIN }).finished('passed'));
    passes(72 * 3_600_000);
    await replica().settle(old, occasion(forgotten));
    await replica().settle(old, occasion(ended));
    expect(shown).toEqual(['pending']);
    await replica().settle(ID, occasion(last));
    expect(shown).toEqual(['pending', 'failure']);
  });

  it('reads nothing more of a build whose forge keeps no statuses', async () => {
    const { tell, store } = world();
    let reads = 0;
    const counted = Object.assign(Object.create(store) as InMemoryEventStore, {
      load: (...query: Parameters<InMemoryEventStore['load']>) => {
        reads += 1;
        return store.load(...query);
      },
    });
    const forges = { of: () => ({ kind: 'git', statuses: undefined }) } as unknown as Forges;
    const clock = (): string => new Date(BEGIN).toISOString();
    const config = loadConfig(NotifierConfig, {});
    const notifier = new Notices(new Aggregates(counted), new StatusSender(forges, clock), clock, config);
    await notifier.settle(ID, occasion(await tell(ID, story().requested())));
    const last = await tell(ID, story().planned('test'));
    reads = 0;
    await notifier.settle(ID, occasion(last));
    expect(reads).toBe(0);
  });

  it('leaves the commit to the newest build of it', async () => {
    const { tell, replica, shown } = world();
    const again = buildId(2, 'a rerun');
    const notifier = replica();
    const failed = await tell(ID, story().requested(), story().finished('failed'));
    const passed = await tell(again, story(again).requested(), story(again).finished('passed'));
    await notifier.settle(again, occasion(passed));
    await notifier.settle(ID, occasion(failed));
    expect(shown).toEqual(['success']);
  });

  it('does not decide on a plan that lacks the event', async () => {
    const { tell, replica, shown } = world();
    const sequence = await tell(ID, story().requested());
    await expect(replica().settle(ID, occasion(sequence + 1))).rejects.toThrow(StreamUnavailable);
    expect(shown).toEqual([]);
  });
});
