import { Inject, Injectable } from '@nestjs/common';
import { attemptOf } from '#domain';
import type { LogAddress } from '#events';
import { shownText } from '#log-lines';
import { parseLogQuery, type LogHit, type LogStore } from '#log-store';
import { LOG_STORE } from '../log/log-store.provider.js';
import { ReadModel, type BuildFilter, type PageRequest } from '../read-model/read-model.js';
import type { ContextLine, SearchHitView, SearchView } from './search-view.js';

export type SearchRequest = Readonly<{ q: string; filter: BuildFilter; context: number; page: PageRequest }>;

/** Of the builds that filters choose so many are looked into, the newest. */
const MOST_BUILDS = 10_000;
const CONTEXT_CHARACTERS = 500;

/** Lines of all logs, as people look for them. */
@Injectable()
export class LogSearches {
  constructor(
    @Inject(LOG_STORE) private readonly logs: LogStore,
    @Inject(ReadModel) private readonly model: ReadModel,
  ) {}

  /** @throws UnusableQuery · LogStoreUnavailable */
  async search({ q, filter, context, page: { limit, cursor } }: SearchRequest): Promise<SearchView> {
    const isFiltered = Object.values(filter).some((value) => value !== undefined);
    const chosen = isFiltered ? this.model.buildIds(filter, MOST_BUILDS) : undefined;
    const { hits, after } = await this.logs.search({
      query: parseLogQuery(q),
      limit,
      ...(chosen ? { builds: chosen.ids } : {}),
      ...(cursor === undefined ? {} : { after: cursor }),
    });
    const items: SearchHitView[] = [];
    for (const hit of hits) {
      const item = await this.itemOf(hit, context);
      if (item) items.push(item);
    }
    const builds = chosen ? { searched: chosen.ids.length, total: chosen.total } : null;
    return { items, next: after ?? null, builds };
  }

  /** Undefined for a build that the read model does not know, or not yet. */
  private async itemOf(
    { address, line, at, text, spans }: LogHit,
    context: number,
  ): Promise<SearchHitView | undefined> {
    const { buildId, jobId, attempt, step } = address;
    const build = this.model.summary(buildId);
    const job = this.model.job(buildId, jobId);
    if (!build || !job) return undefined;
    const { id, number, repoId, repo, branch, pullRequest, status, createdAt } = build;
    const name = attemptOf(job, attempt)?.steps.find(({ index }) => index === step)?.name ?? `step ${step}`;
    const [before, after] = await this.around(address, line, context);
    return {
      build: { id, number, repoId, repo, branch, pullRequest, status, createdAt },
      job: { id: jobId, title: job.view.title },
      attempt,
      step: { index: step, name },
      line,
      at: new Date(at).toISOString(),
      text,
      spans,
      before,
      after,
    };
  }

  private async around(address: LogAddress, line: number, context: number): Promise<[ContextLine[], ContextLine[]]> {
    if (context === 0) return [[], []];
    const texts = new Map<number, string>();
    for await (const pieces of this.logs.read(address, { from: Math.max(1, line - context), to: line + context }))
      for (const { n, piece } of pieces) {
        const text = 'x' in piece ? piece.x : Buffer.from(piece.b, 'base64').toString('utf8');
        if ((texts.get(n)?.length ?? 0) < CONTEXT_CHARACTERS) texts.set(n, `${texts.get(n) ?? ''}${text}`);
      }
    const lines = [...texts].map(([n, text]) => ({ line: n, text: shownText(text).slice(0, CONTEXT_CHARACTERS) }));
    return [lines.filter((one) => one.line < line), lines.filter((one) => one.line > line)];
  }
}
