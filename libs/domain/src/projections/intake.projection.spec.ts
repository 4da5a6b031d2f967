import { fact, SYSTEM, type DeliveryEvent, type RepoEvent, type RequestEvent } from '#events';
import { deliveryView, repoView, requestView } from '../index.js';

const context = { subject: 's', at: '2026-01-01T00:00:00.000Z', cause: 'c', actor: SYSTEM };
const trigger = {
  ...{ event: 'push', ref: 'refs/heads/main', sha: 'b'.repeat(40), isDefaultBranch: true, title: 't', author: 'a' },
} as const;
const decision = { kind: 'build' as const, buildId: '00000000a0123456789ab', trigger };

describe('deliveries, repositories, requests', () => {
  it('say what a delivery led to', () => {
    const origin = { event: 'push', repoId: 'gh-1', repo: 'ann/app', sequence: 1 };
    const accepted = fact('DeliveryAccepted', 1, context, { ...origin, decision }) as DeliveryEvent;
    expect(deliveryView('d1', accepted)).toEqual({
      ...{ id: 'd1', event: 'push', action: null, repo: 'ann/app', repoId: 'gh-1', outcome: 'accepted', reason: null },
      ...{
        buildId: decision.buildId,
        detail: 'a build of bbbbbbbbbbbb on refs/heads/main',
        line: null,
        at: context.at,
      },
    });
    const closing = { ...origin, action: 'closed', decision: { kind: 'close' as const, ref: 'refs/pull/7/head' } };
    expect(deliveryView('d2', fact('DeliveryAccepted', 1, context, closing) as DeliveryEvent)).toMatchObject({
      ...{ action: 'closed', buildId: null, detail: 'closed refs/pull/7/head: its open builds are cancelled' },
    });
    const why = { event: 'star', sequence: 2, reason: 'event-not-handled' as const, detail: 'stars are not built' };
    expect(deliveryView('d3', fact('DeliveryIgnored', 1, context, why) as DeliveryEvent)).toMatchObject({
      ...{ outcome: 'ignored', repo: null, reason: 'event-not-handled', detail: 'stars are not built' },
    });
  });

  it('show a repository as its last event has it', () => {
    const open = [{ buildId: 'b', number: 9, ref: 'r', sequence: 1 }];
    const repo = { repoId: 'gh-1', repo: 'ann/app', enabled: false, defaultBranch: 'main', counter: 9, open, seen: [] };
    expect(repoView(fact('RepoDisabled', 1, context, { repo }) as RepoEvent)).toEqual({
      ...{ id: 'gh-1', name: 'ann/app', enabled: false, defaultBranch: 'main', builds: 9, openBuilds: 1 },
      schedules: [],
    });
  });

  it('answer what became of a request', () => {
    const refused = fact('RequestRefused', 1, context, { kind: 'cancel', detail: 'it is over' }) as RequestEvent;
    expect(requestView('r', refused)).toEqual({ id: 'r', status: 'refused', buildId: null, detail: 'it is over' });
    const run = fact('RequestAccepted', 1, context, { kind: 'run', decision, sequence: 1 }) as RequestEvent;
    expect(requestView('r', run)).toMatchObject({ status: 'accepted', buildId: decision.buildId });
  });
});
