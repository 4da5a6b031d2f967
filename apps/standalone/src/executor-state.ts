import { chooseExecutor, pingDocker, type DockerAddress } from '../../runner/src/executor/index.js';
import { engineVersion, imageForSample } from './sample/engine.js';
import type { Settings } from './service-settings.js';

/** Where the sample is built. Without `image` it is on the host. */
export type SamplePlace = Readonly<{ image?: string; text: string }>;

export type ExecutorState = Readonly<{
  /** What jobs run in, or why they wait, for people. */
  text: string;
  /** Undefined: the sample would have to wait too. Looks for an image, and may take as long as a pull. */
  placeForSample: undefined | ((say: (line: string) => void) => Promise<SamplePlace>);
}>;

const onHost =
  (why: string): NonNullable<ExecutorState['placeForSample']> =>
  () =>
    Promise.resolve({ text: `on the host: ${why}` });

const inDocker =
  (address: DockerAddress): NonNullable<ExecutorState['placeForSample']> =>
  async (say) => {
    const image = await imageForSample(address, say);
    return image === undefined
      ? { text: 'on the host: no image is here, and none could be pulled' }
      : { image, text: `in ${image}` };
  };

export const executorState = async (
  { CAIRN_EXECUTOR: setting }: Settings['runner'],
  address: DockerAddress,
): Promise<ExecutorState> => {
  if (setting === 'host')
    return { text: 'host (jobs are not isolated)', placeForSample: onHost('CAIRN_EXECUTOR says so') };
  const unavailable = await pingDocker(address);
  if (unavailable === undefined) {
    const version = await engineVersion(address).catch(() => '');
    return { text: `docker ${version}`.trim(), placeForSample: inDocker(address) };
  }
  const choice = chooseExecutor(setting, unavailable, { builtInSample: false, hasImage: true });
  const sample = chooseExecutor(setting, unavailable, { builtInSample: true, hasImage: true });
  return {
    text: `none (jobs wait: ${'wait' in choice ? choice.wait : unavailable})`,
    placeForSample: 'use' in sample ? onHost('Docker does not answer') : undefined,
  };
};
