import { SampleFailed } from '#errors';
import { chooseExecutor, pingDocker, type DockerAddress } from '../../runner/src/executor/index.js';
import { engineVersion, imageForSample } from './sample/engine.js';
import type { Settings } from './service-settings.js';

/** Where the sample is built. `image`: what its spec names. */
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

/** @throws SampleFailed when the settings leave no place for it */
const inDocker =
  (address: DockerAddress, { CAIRN_EXECUTOR: setting, CAIRN_DEFAULT_IMAGE: fallback }: Settings['runner']) =>
  async (say: (line: string) => void): Promise<SamplePlace> => {
    const image = await imageForSample(address, say);
    if (image !== undefined) return { image, text: `in ${image}` };
    if (fallback !== undefined) return { text: `in ${fallback}` };
    const why = 'no image is here, and none could be pulled';
    if (setting === 'docker') throw new SampleFailed(`${why}; CAIRN_EXECUTOR=docker keeps it from the host`);
    return { text: `on the host: ${why}` };
  };

export const executorState = async (settings: Settings['runner'], address: DockerAddress): Promise<ExecutorState> => {
  const setting = settings.CAIRN_EXECUTOR;
  if (setting === 'host')
    return { text: 'host (jobs are not isolated)', placeForSample: onHost('CAIRN_EXECUTOR says so') };
  const unavailable = await pingDocker(address);
  if (unavailable === undefined) {
    const version = await engineVersion(address).catch(() => '');
    return { text: `docker ${version}`.trim(), placeForSample: inDocker(address, settings) };
  }
  const choice = chooseExecutor(setting, unavailable, { builtInSample: false, hasImage: true });
  const sample = chooseExecutor(setting, unavailable, { builtInSample: true, hasImage: true });
  return {
    text: `none (jobs wait: ${'wait' in choice ? choice.wait : unavailable})`,
    placeForSample: 'use' in sample ? onHost('Docker does not answer') : undefined,
  };
};
