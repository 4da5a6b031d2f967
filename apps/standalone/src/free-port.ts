import { once } from 'node:events';
import { createServer } from 'node:net';
import { InvalidSettings, PortInUse } from '#errors';

const codeOf = (error: unknown): string =>
  typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : String(error);

/**
 * Says now, before anything is started, that a service could not listen there later.
 * @throws PortInUse · InvalidSettings when there is no such address, or the port is not for us
 */
export const requireFreePort = async (
  host: string,
  port: number,
  names: Readonly<{ host: string; port: string }>,
): Promise<void> => {
  const server = createServer();
  try {
    await once(server.listen(port, host), 'listening');
  } catch (cause) {
    const code = codeOf(cause);
    if (code === 'EADDRINUSE') throw new PortInUse(host, port, names.port);
    if (code === 'EACCES') throw new InvalidSettings([`${names.port}: this user may not listen on port ${port}`]);
    throw new InvalidSettings([`${names.host}: nothing can listen on this address (${code})`]);
  }
  server.close();
  await once(server, 'close');
};
