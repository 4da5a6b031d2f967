import type { ServiceTemplate } from '#events';
import { ServiceUnavailable } from '#errors';
import { Deferred } from '../../src/executor/deferred.js';
import type { ServiceExit, ServiceRun } from '../../src/executor/index.js';
import { deedsIn, inOrder, several, type Deeds } from './deeds.js';

/** What a service does stands in the last word of its command. Only what it prints, and how it ends, counts. */
const deedsOf = ({ command }: ServiceTemplate): Deeds => deedsIn(command?.at(-1) ?? '') ?? { hang: true };

/** A service that runs, whoever looks at it. */
export class ScriptedService {
  readonly name: string;
  private readonly deeds: Deeds;
  readonly #ended = new Deferred<ServiceExit>();

  constructor(template: ServiceTemplate) {
    this.name = template.name;
    this.deeds = deedsOf(template);
    if (this.deeds.hang !== true) this.#ended.resolve({ code: this.deeds.exit ?? 0, wasTold: false });
  }

  /** For one reader. */
  get run(): ServiceRun {
    const { name } = this;
    const exit = new Deferred<ServiceExit>();
    const output = async function* (this: ScriptedService): AsyncGenerator<Buffer> {
      for (const line of this.lines) yield Buffer.from(`${line}\n`);
      exit.resolve(await this.#ended.promise);
    };
    return { name, output: output.call(this), exit: exit.promise };
  }

  /** @throws ServiceUnavailable · the reason of `signal` */
  async ready(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const { exit, hang, ail } = this.deeds;
    const said = this.lines.length > 0 ? `; its last lines: ${this.lines.join(' / ')}` : '; it has printed nothing';
    if (hang !== true)
      throw new ServiceUnavailable(this.name, `it ended with code ${exit ?? 0} before it was ready${said}`);
    if (ail === 'fails') throw new ServiceUnavailable(this.name, `it was not ready within 120 s${said}`);
    if (ail === 'waits')
      await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
  }

  end(): void {
    this.#ended.resolve({ code: 143, wasTold: true });
  }

  private get lines(): readonly string[] {
    return inOrder(this.deeds).flatMap(([what, value]) => (what === 'say' ? several(value) : []));
  }
}
