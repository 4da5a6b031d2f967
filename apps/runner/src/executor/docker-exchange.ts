import type Docker from 'dockerode';
import { UnusableExchange } from '#errors';
import { asEngineError, statusOf } from './docker-engine.js';
import { MAX_EXCHANGE_BYTES, tooLargeForExchange, type Exchange } from './executor.js';
import { CONTAINER_EXCHANGE } from './waiting-shell.js';

/** The file as the engine gives it, in an archive: a link is not followed, and no more is read than may be there. */
const readPlain = async (container: Docker.Container, variable: string, path: string): Promise<Buffer> => {
  const archive = await container.getArchive({ path }).catch((error: unknown) => {
    if (statusOf(error) === 404) return undefined;
    throw asEngineError(error);
  });
  if (!archive) return Buffer.alloc(0);
  const { extract } = await import('tar-stream');
  const entries = extract();
  archive.on('error', (error) => entries.destroy(error as Error));
  archive.pipe(entries);
  try {
    const first = await entries[Symbol.asyncIterator]().next();
    if (first.done) return Buffer.alloc(0);
    const { type, size = 0 } = first.value.header;
    if (type !== 'file') throw new UnusableExchange(variable, 'it is no plain file');
    if (size > MAX_EXCHANGE_BYTES) throw new UnusableExchange(variable, tooLargeForExchange(size));
    const parts: Buffer[] = [];
    for await (const part of first.value) parts.push(part as Buffer);
    return Buffer.concat(parts);
  } finally {
    (archive as NodeJS.ReadableStream & { destroy(): void }).destroy();
  }
};

/** @throws UnusableExchange · EngineUnavailable */
export const readExchange = async (container: Docker.Container): Promise<Exchange> => {
  const [environment, outputs] = await Promise.all([
    readPlain(container, 'CAIRN_ENV', CONTAINER_EXCHANGE.environment),
    readPlain(container, 'CAIRN_OUTPUT', CONTAINER_EXCHANGE.outputs),
  ]);
  return { environment, outputs };
};
