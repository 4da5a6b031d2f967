import { parentPort, workerData, type MessagePort } from 'node:worker_threads';
import { messageOf } from '#errors';
import type { LogAddress } from '#events';
import type { LogSearch, LogSearchPage } from './log-search.js';
import { SearchIndex } from './search-index.js';

/** What the thread is given when it begins. `writes`: it keeps the index of the directory, and first brings it up to date. */
export type SearchThreadData = Readonly<{ directory: string; writes: boolean }>;

/** `stop` is not answered: the thread ends. */
export type SearchQuestion = Readonly<{ id: number }> &
  Readonly<
    { kind: 'index'; addresses: readonly LogAddress[] } | { kind: 'search'; search: LogSearch } | { kind: 'stop' }
  >;

/** `problem`: why it could not be done. */
export type SearchAnswer = Readonly<{ id: number; page?: LogSearchPage; problem?: string }>;

/** The thread of an embedded store's search: answers questions one after the other. */
const { directory, writes } = workerData as SearchThreadData;
const port = parentPort as MessagePort;
const index = new SearchIndex(directory, { writes });

/** A damaged database is made anew, from all logs. */
const mended = async (work: () => Promise<void>): Promise<void> => {
  try {
    await work();
  } catch (error) {
    if (!index.repair(error)) throw error;
    await index.catchUpAll();
  }
};

const answerTo = async (question: SearchQuestion): Promise<SearchAnswer> => {
  const { id } = question;
  try {
    if (question.kind === 'search') return { id, page: await index.search(question.search) };
    if (question.kind === 'index')
      await mended(async () => {
        for (const address of question.addresses) await index.catchUp(address);
      });
    return { id };
  } catch (error) {
    return { id, problem: messageOf(error) };
  }
};

// A rejected catch-up ends the thread, and is told to its owner: it begins another one.
let turn = writes ? mended(() => index.catchUpAll()) : Promise.resolve();

port.on('message', (question: SearchQuestion) => {
  if (question.kind === 'stop') index.stop(); // at once: to bring everything up to date may take minutes
  turn = turn.then(async () => {
    if (question.kind === 'stop') {
      index.close();
      port.close();
    } else port.postMessage(await answerTo(question));
  });
});
