import { Controller, Get, Header, Inject, Param, Query } from '@nestjs/common';
import type { BuildSummary, BuildView, DeliveryView, RepoView, RequestView } from '#domain';
import { ReadModel, type Page } from '../read-model/read-model.js';
import * as parameters from './parameters.js';

/** What is read from the read model. */
@Controller('api')
export class ListsController {
  constructor(@Inject(ReadModel) private readonly model: ReadModel) {}

  @Get('builds')
  @Header('cache-control', 'no-store')
  builds(@Query() query: parameters.Query): Page<BuildSummary> {
    const repo = parameters.textOf(query, 'repo');
    const branch = parameters.textOf(query, 'branch');
    return this.model.builds({ repo, branch, status: parameters.statusOf(query) }, parameters.pageOf(query));
  }

  @Get('builds/:id')
  @Header('cache-control', 'no-store')
  build(@Param('id') id: string): BuildView {
    const build = this.model.build(parameters.buildIdOf(id));
    if (!build) throw parameters.notFound('build');
    return build;
  }

  @Get('deliveries')
  @Header('cache-control', 'no-store')
  deliveries(@Query() query: parameters.Query): Page<DeliveryView> {
    return this.model.deliveries(parameters.pageOf(query));
  }

  @Get('repos')
  @Header('cache-control', 'no-store')
  repos(@Query() query: parameters.Query): Page<RepoView> {
    return this.model.repos(parameters.pageOf(query));
  }

  @Get('repos/:repo')
  @Header('cache-control', 'no-store')
  repo(@Param('repo') name: string): RepoView {
    const repo = this.model.repo(name);
    if (!repo) throw parameters.notFound('repository');
    return repo;
  }

  @Get('requests/:id')
  @Header('cache-control', 'no-store')
  request(@Param('id') id: string): RequestView {
    return this.model.request(parameters.requestIdOf(id));
  }
}
