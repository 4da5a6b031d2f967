import { request } from 'node:http';
import type { DockerAddress } from './docker-address.js';

const TIMEOUT_MS = 3000;

/**
 * Where an engine on this machine keeps images and volumes; undefined when it is elsewhere, or does not say. Plain HTTP, so
 * that an idle runner need not load the client.
 */
export const dockerRoot = (address: DockerAddress): Promise<string | undefined> =>
  new Promise((resolve) => {
    if (!('socketPath' in address)) return resolve(undefined);
    const { socketPath } = address;
    const ask = request({ socketPath, path: '/info', timeout: TIMEOUT_MS, agent: false }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('error', () => resolve(undefined));
      response.on('end', () => resolve(rootIn(Buffer.concat(parts).toString('utf8'))));
    });
    ask.on('timeout', () => ask.destroy());
    ask.on('error', () => resolve(undefined));
    ask.on('close', () => resolve(undefined));
    ask.end();
  });

const rootIn = (text: string): string | undefined => {
  try {
    const { DockerRootDir: root } = JSON.parse(text) as { DockerRootDir?: unknown };
    return typeof root === 'string' && root.startsWith('/') ? root : undefined;
  } catch {
    return undefined;
  }
};
