import { GitProcess, type GitPlace } from './git-command.js';

/** What a name stands for; `elsewhere`: a link that leads out of the repository, nowhere, or in circles. */
export type ObjectHeader = Readonly<{
  kind: 'blob' | 'tree' | 'commit' | 'tag' | 'missing' | 'elsewhere';
  id: string;
  size: number;
}>;

const OBJECT = /^([0-9a-f]{40,64}) (blob|tree|commit|tag) ([0-9]+)$/;
const UNFOLLOWED = /^(?:symlink|dangling|loop|notdir) ([0-9]+)$/;

/** A `git cat-file` that is asked one question after another: one process for a file and for why it is not there. */
export class CatFile {
  private readonly git: GitProcess;
  private readonly chunks: AsyncIterator<Buffer>;
  private rest: Buffer = Buffer.alloc(0);

  constructor(place: GitPlace, args: readonly ['--batch', '--follow-symlinks'] | readonly ['--batch-check']) {
    this.git = new GitProcess(place, ['cat-file', ...args]);
    this.chunks = this.git.stdout[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  }

  /** Asks for an object by a name without line feeds. After an object of `--batch`, read its `content()` or `end()`. */
  async ask(name: string): Promise<ObjectHeader> {
    this.git.stdin.write(`${name}\n`);
    const line = await this.line();
    const [, id, kind, size] = OBJECT.exec(line) ?? [];
    if (id !== undefined) return { id, kind: kind as 'blob', size: Number(size) };
    if (!UNFOLLOWED.test(line)) return { id: '', kind: 'missing', size: 0 };
    await this.line(); // git repeats where it got stuck
    return { id: '', kind: 'elsewhere', size: 0 };
  }

  /** The bytes of the object just asked for. */
  async *content(size: number): AsyncGenerator<Buffer> {
    for (let left = size; left > 0;) {
      if (this.rest.length === 0) await this.more();
      const chunk = this.rest.subarray(0, left);
      this.rest = this.rest.subarray(chunk.length);
      left -= chunk.length;
      yield chunk;
    }
  }

  end(): void {
    this.git.end();
  }

  private async line(): Promise<string> {
    let end: number;
    while ((end = this.rest.indexOf('\n')) < 0) await this.more();
    const line = this.rest.toString('utf8', 0, end);
    this.rest = this.rest.subarray(end + 1);
    return line;
  }

  private async more(): Promise<void> {
    const { done, value } = await this.chunks.next();
    if (done === true) throw await this.git.failure();
    this.rest = this.rest.length === 0 ? value : Buffer.concat([this.rest, value]);
  }
}
