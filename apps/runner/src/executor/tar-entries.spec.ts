import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { setImmediate as turn } from 'node:timers/promises';
import { pack } from 'tar-stream';
import { unpacked } from './tar-entries.js';

describe('what an archive has in it', () => {
  /** Breaks off in the middle of its one file. */
  const broken = async function* (): AsyncGenerator<Buffer> {
    const tar = pack();
    tar.entry({ name: 'file' }, Buffer.alloc(1000));
    tar.finalize();
    yield (await buffer(Readable.from(tar))).subarray(0, 1024);
    throw new Error('the source broke off');
  };

  it('fails with what its source fails with, also when that comes before a file is asked for its content', async () => {
    const read = async (): Promise<void> => {
      for await (const { content } of unpacked(Readable.from(broken(), { objectMode: false }))) {
        for (let turns = 0; turns < 10; turns += 1) await turn(); // as long as it takes to make a folder
        await pipeline(content ?? [], createWriteStream('/dev/null'));
      }
    };
    await expect(read()).rejects.toThrow('the source broke off');
  });
});
