import type { DeliveryView } from '#domain';
import { api } from '../api/api.js';
import { ListFrame } from '../lists/list-frame.js';
import { useLiveList } from '../lists/use-live-list.js';
import { hrefOf } from '../routing/route.js';
import { Status } from '../ui/status.js';
import { Ago } from '../ui/times.js';
import { useTitle } from '../ui/use-title.js';

const DeliveryRow = ({ delivery }: Readonly<{ delivery: DeliveryView }>) => (
  <li class="row" data-testid="delivery-row" data-delivery={delivery.id} data-outcome={delivery.outcome}>
    <Status status={delivery.outcome} />
    <div class="main">
      <div class="title">
        {delivery.event}
        {delivery.action && ` ${delivery.action}`}
        {delivery.repo && <span class="muted"> {delivery.repo}</span>}
      </div>
      <p class="reason" data-reason={delivery.reason ?? undefined}>
        {delivery.detail}
        {delivery.line !== null && (
          <>
            {' '}
            (<code>.cairn.yml:{delivery.line}</code>)
          </>
        )}{' '}
        {delivery.buildId && <a href={hrefOf({ page: 'build', build: delivery.buildId })}>Show the build</a>}
      </p>
      <div class="facts muted">
        <code>{delivery.id}</code>
        {delivery.reason && <code>{delivery.reason}</code>}
      </div>
    </div>
    <div class="when muted">
      <Ago at={delivery.at} />
    </div>
  </li>
);

export const DeliveriesPage = () => {
  useTitle('Deliveries');
  const list = useLiveList<DeliveryView>({
    key: 'deliveries',
    page: api.deliveries,
    concerns: ({ kind }) => kind === 'delivery',
  });
  const empty = (
    <p>
      No webhook has come in yet. GitHub shows what it sent, and what it was answered, in the repository's settings
      under Webhooks, Recent Deliveries.
    </p>
  );
  return (
    <>
      <header class="head">
        <h1>Deliveries</h1>
        <p class="muted">Every webhook that was received, and what became of it.</p>
      </header>
      <ListFrame label="Deliveries" list={list} words={['delivery', 'deliveries']} empty={empty}>
        {list.shown.map((delivery) => (
          <DeliveryRow key={delivery.id} delivery={delivery} />
        ))}
      </ListFrame>
    </>
  );
};
