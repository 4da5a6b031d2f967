import type { DeliveryAccepted, DeliveryEvent } from '#events';
import type { DeliveryView } from '../views.js';

const whatFollowed = ({ data: { decision } }: DeliveryAccepted): string => {
  if (decision.kind === 'close') return `closed ${decision.ref}: its open builds are cancelled`;
  const { sha, ref } = decision.trigger;
  return `a build of ${sha.slice(0, 12)} on ${ref}`;
};

/** What became of a delivery; `id` is its GUID. */
export const deliveryView = (id: string, event: DeliveryEvent): DeliveryView => {
  const { data, at } = event;
  const decision = event.type === 'DeliveryAccepted' ? event.data.decision : undefined;
  return {
    id,
    event: data.event,
    action: data.action ?? null,
    repo: data.repo ?? null,
    repoId: data.repoId ?? null,
    outcome: event.type === 'DeliveryAccepted' ? 'accepted' : 'ignored',
    buildId: decision?.kind === 'build' ? decision.buildId : null,
    reason: event.type === 'DeliveryIgnored' ? event.data.reason : null,
    detail: event.type === 'DeliveryAccepted' ? whatFollowed(event) : event.data.detail,
    line: (event.type === 'DeliveryIgnored' ? event.data.line : undefined) ?? null,
    at,
  };
};
