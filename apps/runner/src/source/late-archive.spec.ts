import { once } from 'node:events';
import { Readable } from 'node:stream';
import { lateArchive } from './late-archive.js';

const textOf = async (archive: Readable): Promise<string> => {
  let text = '';
  for await (const part of archive) text += String(part);
  return text;
};

describe('an archive that is still being made', () => {
  it('is read when it is there', async () => {
    let done: (archive: Readable) => void = () => undefined;
    const archive = lateArchive(new Promise((resolve) => (done = resolve)));
    const text = textOf(archive);
    done(Readable.from(['a', 'b'], { objectMode: false }));
    expect(await text).toBe('ab');
  });

  it('fails whoever reads it when it cannot be made, and nobody else', async () => {
    const making = Promise.reject<Readable>(new Error('no such commit'));
    const archive = lateArchive(making);
    await new Promise((resolve) => setImmediate(resolve)); // when nobody reads it yet
    await expect(textOf(archive)).rejects.toThrow('no such commit');
  });

  it('lets go of what was made for nobody', async () => {
    const made = Readable.from(['a'], { objectMode: false });
    const closed = once(made, 'close');
    lateArchive(Promise.resolve(made)).destroy();
    await closed;
    expect(made.destroyed).toBe(true);
  });
});
