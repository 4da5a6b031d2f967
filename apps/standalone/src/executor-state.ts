import { chooseExecutor, pingDocker, type DockerAddress } from '../../runner/src/executor/index.js';
import type { Settings } from './service-settings.js';
import { engineVersion } from './sample/engine.js';

export type ExecutorState = Readonly<{ text: string; docker: boolean }>;

/** What jobs run in, for people; or why they wait. */
export const executorState = async (
  { CAIRN_EXECUTOR: setting }: Settings['runner'],
  address: DockerAddress,
): Promise<ExecutorState> => {
  const unavailable = setting === 'host' ? undefined : await pingDocker(address);
  const choice = chooseExecutor(setting, unavailable, { builtInSample: false });
  if ('wait' in choice) return { text: `none (jobs wait: ${choice.wait})`, docker: false };
  if (choice.use === 'host') return { text: 'host (jobs are not isolated)', docker: false };
  const version = await engineVersion(address).catch(() => '');
  return { text: `docker ${version}`.trim(), docker: true };
};
