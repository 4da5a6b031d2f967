import type { StepView } from '#domain';
import { useEffect, useState } from 'preact/hooks';
import { targetOf } from '../routing/permalink.js';
import { Status } from '../ui/status.js';
import { count } from '../ui/time.js';
import { Took } from '../ui/times.js';
import { AttemptLog, type AttemptLogProps } from './attempt-log.js';

/** A browser opens six connections to a server: one is the page's, one the steps', and requests need some too. */
const MOST_OPEN = 3;

/** `newest`: what is known of it is of the attempt that is shown. */
const Entry = ({ service, newest }: Readonly<{ service: StepView; newest: boolean }>) => (
  <>
    {newest && <Status status={service.status} quiet />}
    <span class="name">{service.service}</span>
    {newest && (
      <span class="facts muted">
        {(service.status === 'running' || service.finishedAt) && (
          <Took from={service.startedAt} to={service.finishedAt} />
        )}
        {service.lines !== null && <span class="lines">{count(service.lines, 'line', 'lines')}</span>}
        {service.exitCode !== null && service.exitCode !== 0 && <span class="exit">exit {service.exitCode}</span>}
        {service.stored === false && <span class="lines gap">not stored whole</span>}
      </span>
    )}
  </>
);

/** The job's services, folded; one that is opened shows its log and follows it. */
export const ServiceLogs = (props: AttemptLogProps) => {
  const { job, attempt, hash } = props;
  const services = job.steps.filter(({ service }) => service !== null);
  const asked = targetOf(hash)?.step;
  const [open, setOpen] = useState<readonly number[]>([]);
  const set = (index: number, isOpen: boolean): void =>
    setOpen((before) => {
      const others = before.filter((one) => one !== index);
      return isOpen ? [...others, index].slice(-MOST_OPEN) : others;
    });
  useEffect(() => {
    if (services.some(({ index }) => index === asked)) set(asked ?? 0, true);
  }, [hash]);
  if (services.length === 0) return null;
  return (
    <section class="services" aria-label="Services">
      {services.map((service) => {
        const { index, status } = service;
        const isOpen = open.includes(index);
        return (
          <details
            key={index}
            open={isOpen}
            data-testid="service"
            data-service={service.service}
            data-status={status}
            onToggle={({ currentTarget }) => currentTarget.open !== isOpen && set(index, currentTarget.open)}
          >
            <summary>
              <Entry service={service} newest={attempt === job.attempt} />
            </summary>
            {isOpen && <AttemptLog {...props} service={service} />}
          </details>
        );
      })}
    </section>
  );
};
