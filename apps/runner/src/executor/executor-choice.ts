export type ExecutorSetting = 'auto' | 'docker' | 'host';

/** Which executor runs a job now, or why the job has to wait, in one line for people. */
export type ExecutorChoice = Readonly<{ use: 'docker' | 'host' } | { wait: string }>;

/**
 * `auto` means docker. Without an engine nothing but the built-in sample runs on the host, where nothing separates a job
 * from the machine: other jobs wait until Docker answers or somebody decides for the host. The sample goes there too when it
 * names no image, since then none could be had.
 */
export const chooseExecutor = (
  setting: ExecutorSetting,
  /** What `unavailable()` of the docker executor says; not asked for with `host`. */
  dockerUnavailable: string | undefined,
  job: Readonly<{ builtInSample: boolean; hasImage: boolean }>,
): ExecutorChoice => {
  if (setting === 'host') return { use: 'host' };
  const canDocker = dockerUnavailable === undefined && (job.hasImage || !job.builtInSample);
  if (setting === 'auto' && job.builtInSample && !canDocker) return { use: 'host' };
  if (dockerUnavailable === undefined) return { use: 'docker' };
  const advice = setting === 'auto' ? '; start Docker, or set CAIRN_EXECUTOR=host to run jobs without isolation' : '';
  return { wait: `${dockerUnavailable}${advice}` };
};
