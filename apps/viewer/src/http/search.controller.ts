import { BadRequestException, Controller, Get, Header, Inject, Query } from '@nestjs/common';
import { UnusableQuery } from '#errors';
import { LogSearches } from '../search/log-search.js';
import type { SearchView } from '../search/search-view.js';
import * as parameters from './parameters.js';

const MOST_CONTEXT = 10;

@Controller('api/search')
export class SearchController {
  constructor(@Inject(LogSearches) private readonly searches: LogSearches) {}

  @Get('logs')
  @Header('cache-control', 'no-store')
  async logs(@Query() query: parameters.Query): Promise<SearchView> {
    const q = parameters.textOf(query, 'q');
    if (q === undefined) throw new BadRequestException('q: what to look for');
    const filter = {
      repo: parameters.textOf(query, 'repo'),
      branch: parameters.textOf(query, 'branch'),
      status: parameters.statusOf(query),
      since: parameters.timeOf(query, 'since'),
    };
    const context = parameters.numberOf(query, 'context', 0, MOST_CONTEXT) ?? 0;
    try {
      return await this.searches.search({ q, filter, context, page: parameters.pageOf(query) });
    } catch (error) {
      throw error instanceof UnusableQuery ? new BadRequestException(error.message) : error;
    }
  }
}
