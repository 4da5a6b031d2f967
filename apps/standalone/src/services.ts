import type { RunningService } from '#jetstream';
import type { Settings } from './service-settings.js';

export type Services = Readonly<{
  ingest: RunningService & { readonly url: string };
  viewer: RunningService & { readonly url: string };
}>;

/**
 * Starts all six, side by side, and ingest when the others are there: what it takes is dealt with at once. Each that runs is
 * given to `keep`, also when another one fails. Loaded here and not before: wrong settings are told without all this.
 */
export const startServices = async (
  settings: Settings,
  keep: (name: string, service: RunningService) => void,
): Promise<Services> => {
  const start = async <T extends RunningService>(name: string, begin: () => Promise<T>): Promise<T> => {
    const service = await begin();
    keep(name, service);
    return service;
  };
  const [viewer, ...others] = await Promise.allSettled([
    start('viewer', async () => (await import('../../viewer/src/start-viewer.js')).startViewer(settings.viewer)),
    start('planner', async () => (await import('../../planner/src/start-planner.js')).startPlanner(settings.planner)),
    start('runner', async () => (await import('../../runner/src/start-runner.js')).startRunner(settings.runner)),
    start('log-shipper', async () =>
      (await import('../../log-shipper/src/start-log-shipper.js')).startLogShipper(settings.logShipper),
    ),
    start('notifier', async () =>
      (await import('../../notifier/src/start-notifier.js')).startNotifier(settings.notifier),
    ),
  ]);
  if (viewer.status === 'rejected') throw viewer.reason;
  for (const other of others) if (other.status === 'rejected') throw other.reason;
  const ingest = await start('ingest', async () =>
    (await import('../../ingest/src/start-ingest.js')).startIngest(settings.ingest),
  );
  return { ingest, viewer: viewer.value };
};
