import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EmbeddedLogStore } from '../embedded-log-store.js';
import { describeLogSearch } from '../log-search.contract.js';
import { SearchIndex } from './search-index.js';

const root = mkdtemp(join(tmpdir(), 'cairn-search-'));
afterAll(async () => rm(await root, { recursive: true }));

/** The index in the thread of the test: the one of its own starts what is built. */
describeLogSearch('EmbeddedLogStore', async () => {
  const directory = await root;
  const index = new SearchIndex(directory, { writes: true });
  let turn = Promise.resolve();
  return new EmbeddedLogStore(directory, {
    indexes: true,
    search: {
      grown: (address) => {
        turn = turn.then(() => index.catchUp(address));
      },
      search: (search) => index.search(search),
      close: async () => {
        await turn;
        index.close();
      },
    },
  });
});
