import type { TestCase, TestReport, UnreadReport } from '#events';
import { decoded } from './decoded.js';
import { shortened, type TextFilter } from './excerpt.js';
import { JUnitReader, type ReadCase } from './junit-reader.js';
import { REPORT_LIMITS, type ReportLimits } from './limits.js';

export type ReportOptions = Readonly<{
  limits?: Partial<ReportLimits>;
  /** What each text goes through before any of it is kept. */
  filter?: () => TextFilter;
  /** The directory that the tests ran in: names of files are told without it. */
  root?: string;
}>;

const AS_IT_IS: TextFilter = { push: (text) => text, end: () => '' };

/** Cases that are listed, within what they may be and have. */
class Shelf {
  readonly cases: TestCase[] = [];
  #room: number;

  constructor(
    private readonly most: number,
    texts: number,
  ) {
    this.#room = texts;
  }

  /** How it was taken: as it is, without its texts, or not at all. */
  put(test: TestCase): 'whole' | 'bare' | 'none' {
    if (this.cases.length >= this.most) return 'none';
    if (this.take(test)) return 'whole';
    const { details: _, stdout: _out, stderr: _err, ...bare } = test;
    return this.take(bare) ? 'bare' : 'none';
  }

  private take(test: TestCase): boolean {
    const size = Object.values(test).reduce<number>(
      (sum, value) => sum + (typeof value === 'string' ? value.length : 0),
      0,
    );
    if (size > this.#room) return false;
    this.#room -= size;
    this.cases.push(test);
    return true;
  }
}

/** Reads files with results of tests, one after another, into one report. What cannot be read is part of the report. */
export class TestReports {
  readonly #limits: ReportLimits;
  readonly #filter: () => TextFilter;
  readonly #totals = { passed: 0, failed: 0, errors: 0, skipped: 0 };
  readonly #failures: Shelf;
  readonly #skips: Shelf;
  readonly #passes: Shelf;
  readonly #unread: UnreadReport[] = [];
  readonly #cut = { cases: 0, texts: 0 };
  #files = 0;

  constructor(private readonly options: ReportOptions = {}) {
    this.#limits = { ...REPORT_LIMITS, ...options.limits };
    this.#filter = options.filter ?? (() => AS_IT_IS);
    const { failures, failureTexts, others, otherTexts } = this.#limits;
    this.#failures = new Shelf(failures, failureTexts);
    this.#skips = new Shelf(others / 2, otherTexts / 2);
    this.#passes = new Shelf(others / 2, otherTexts / 2);
  }

  /** Returns why it was not read to its end. @throws what `bytes` throws */
  async read(file: string, bytes: AsyncIterable<Uint8Array>): Promise<UnreadReport | undefined> {
    const { limits, filter } = { limits: this.#limits, filter: this.#filter };
    const reader = new JUnitReader({ limits, filter, relative: (name) => this.relative(name) }, (read) =>
      this.add(read),
    );
    this.#files += 1;
    let isTooLarge = false;
    const within = async function* (): AsyncGenerator<Uint8Array> {
      let left = limits.fileBytes;
      for await (const chunk of bytes) {
        yield chunk.length > left ? chunk.subarray(0, left) : chunk;
        left -= chunk.length;
        isTooLarge = left < 0;
        if (isTooLarge || reader.trouble) return;
      }
    };
    for await (const text of decoded(within())) reader.push(text);
    reader.end();
    const { trouble } = reader;
    if (!trouble && !isTooLarge) return undefined;
    const tooLarge = `it has more than ${limits.fileBytes} bytes: what comes after them is not read`;
    const reason = isTooLarge ? tooLarge : (trouble?.reason ?? '');
    const unread: UnreadReport = {
      file: shortened(file, limits.name, filter()).text,
      ...(trouble?.line === undefined ? {} : { line: trouble.line }),
      reason: shortened(reason, limits.name, filter()).text,
    };
    if (this.#unread.length < limits.unread) this.#unread.push(unread);
    return unread;
  }

  get report(): TestReport {
    return {
      totals: { ...this.#totals },
      files: this.#files,
      cases: [...this.#failures.cases, ...this.#skips.cases, ...this.#passes.cases],
      unread: [...this.#unread],
      cut: { ...this.#cut },
    };
  }

  private relative(file: string): string {
    const { root } = this.options;
    const plain = file.startsWith('./') ? file.slice(2) : file;
    return root !== undefined && plain.startsWith(`${root}/`) ? plain.slice(root.length + 1) : plain;
  }

  private add({ test, cuts }: ReadCase): void {
    const { outcome } = test;
    this.#totals[outcome === 'error' ? 'errors' : outcome] += 1;
    const shelf = { passed: this.#passes, skipped: this.#skips, failed: this.#failures, error: this.#failures }[
      outcome
    ];
    const taken = shelf.put(test);
    if (taken === 'none') this.#cut.cases += 1;
    else this.#cut.texts += cuts + (taken === 'bare' ? 1 : 0);
  }
}
