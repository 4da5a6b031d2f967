import { natsSettings } from '#config';
import { CONSUMERS, ticketsOf } from '#events';
import { connectToNats, serverNotice, setUpJetStream } from '#jetstream';
import { streamSettings, type SetupConfig } from './setup.config.js';

/**
 * Makes the streams, durables and buckets that are missing, and says what the server's operator should know. Repeating
 * it changes nothing.
 * @throws UnsupportedServer · what the NATS client throws when the server cannot be reached or refuses
 */
export const setUp = async (config: SetupConfig, say: (line: string) => void): Promise<void> => {
  const nc = await connectToNats(natsSettings(config, 'setup'));
  try {
    const notice = serverNotice(nc.info?.version ?? '', config.CAIRN_NATS_REPLICAS);
    if (notice) say(notice);
    const consumers = [...Object.values(CONSUMERS), ...config.CAIRN_POOLS.map(ticketsOf)];
    await setUpJetStream(nc, streamSettings(config), consumers);
    say(`streams, consumers and buckets are there; pools: ${config.CAIRN_POOLS.join(', ')}`);
  } finally {
    await nc.close();
  }
};
