import type { RunningService } from '#jetstream';
import type { Settings } from './service-settings.js';

export type Services = Readonly<{
  ingest: RunningService & { readonly url: string };
  viewer: RunningService & { readonly url: string };
}>;

/** Loaded here and not before: wrong settings are told without all this. */
const load = async () => ({
  viewer: await import('../../viewer/src/start-viewer.js'),
  planner: await import('../../planner/src/start-planner.js'),
  runner: await import('../../runner/src/start-runner.js'),
  logShipper: await import('../../log-shipper/src/start-log-shipper.js'),
  notifier: await import('../../notifier/src/start-notifier.js'),
  ingest: await import('../../ingest/src/start-ingest.js'),
});

/**
 * Starts all six, side by side, and ingest when the others are there: what it takes is dealt with at once. Each that runs
 * is given to `keep`, also when another one fails.
 */
export const startServices = async (settings: Settings, keep: (service: RunningService) => void): Promise<Services> => {
  const { viewer, planner, runner, logShipper, notifier, ingest } = await load();
  const kept = async <T extends RunningService>(starting: Promise<T>): Promise<T> => {
    const service = await starting;
    keep(service);
    return service;
  };
  const [page, ...others] = await Promise.allSettled([
    kept(viewer.startViewer(settings.viewer)),
    kept(planner.startPlanner(settings.planner)),
    kept(runner.startRunner(settings.runner)),
    kept(logShipper.startLogShipper(settings.logShipper)),
    kept(notifier.startNotifier(settings.notifier)),
  ]);
  if (page.status === 'rejected') throw page.reason;
  for (const other of others) if (other.status === 'rejected') throw other.reason;
  return { viewer: page.value, ingest: await kept(ingest.startIngest(settings.ingest)) };
};
