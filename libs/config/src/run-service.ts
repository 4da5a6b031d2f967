import { CairnError, messageOf } from '#errors';

/**
 * What every `main.ts` does: starts the service, stops it on SIGINT and SIGTERM, and says in one line why it cannot run.
 * Exit codes: 0 after a stop, 1 when it could not start, 2 for wrong settings.
 */
export const runService = async (name: string, start: () => Promise<{ stop(): Promise<void> }>): Promise<void> => {
  const stopSignal = new Promise<void>((resolve) => {
    process.once('SIGINT', () => resolve());
    process.once('SIGTERM', () => resolve());
  });
  try {
    const service = await start();
    process.stdout.write(`${name}: ready\n`);
    await stopSignal;
    await service.stop();
    process.exit(0); // a connection that somebody left open must not keep a stopped service alive
  } catch (error) {
    process.stderr.write(`${name}: ${messageOf(error)}\n`);
    process.exit(error instanceof CairnError && error.code === 'CAIRN_INVALID_SETTINGS' ? 2 : 1);
  }
};
