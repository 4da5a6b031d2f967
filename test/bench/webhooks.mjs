import { once } from 'node:events';
import { Agent, createServer, request } from 'node:http';
import { startCairn } from './cairn.mjs';
import { now, report } from './measure.mjs';

const SECONDS = 5;

const post = (agent, port, { headers, body }) =>
  new Promise((resolve, reject) => {
    const call = request(
      {
        agent,
        host: '127.0.0.1',
        port,
        path: '/webhooks/github',
        method: 'POST',
        headers: { ...headers, 'content-length': body.length },
      },
      (response) => {
        response.resume();
        response.once('end', () =>
          response.statusCode === 202 ? resolve() : reject(new Error(`status ${response.statusCode}`)),
        );
      },
    );
    call.once('error', reject);
    call.end(body);
  });

/** Answers with 202 a second, over so many connections. */
const accepted = async (connections, port, make) => {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const end = now() + SECONDS * 1000;
  let count = 0;
  await Promise.all(
    Array.from({ length: connections }, async () => {
      while (now() < end) {
        await post(agent, port, make());
        count += 1;
      }
    }),
  );
  agent.destroy();
  return count / SECONDS;
};

export const benchWebhooks = async () => {
  const bare = createServer((incoming, answer) => {
    incoming.resume();
    incoming.once('end', () => answer.writeHead(202).end());
  }).listen(0, '127.0.0.1');
  await once(bare, 'listening');
  const cairn = await startCairn('host');
  try {
    for (const connections of [1, 16]) {
      const floor = await accepted(connections, bare.address().port, cairn.foreignPush);
      const figure = await accepted(connections, cairn.webhookPort, cairn.foreignPush);
      report(
        `webhooks accepted, ${connections} connection${connections > 1 ? 's' : ''} (14.7 KB)`,
        figure,
        { what: 'a server that only reads', value: floor },
        'a second',
      );
    }
  } finally {
    bare.close();
    await cairn.stop();
  }
};
