import { Body, Controller, Delete, HttpCode, Inject, Param, Post } from '@nestjs/common';
import { ReadModel } from '../read-model/read-model.js';
import * as parameters from './parameters.js';
import { RequestPublisher } from './request-publisher.js';

type Accepted = Promise<Readonly<{ id: string }>>;

const REPO_NAME = /^[A-Za-z0-9_.-]{1,100}\/[A-Za-z0-9_.-]{1,100}$/;
const JOB = /^[A-Za-z_][A-Za-z0-9_-]{0,120}$/;
const SHA = /^[0-9a-f]{40}$/;
// eslint-disable-next-line no-control-regex -- control characters are what is refused
const REF = /^[^\u0000-\u0020\u007f~^:?*[\\-][^\u0000-\u0020\u007f~^:?*[\\]{0,250}$/;

/** What people ask for: published, never done here. */
@Controller('api')
export class ChangesController {
  constructor(
    @Inject(ReadModel) private readonly model: ReadModel,
    @Inject(RequestPublisher) private readonly requests: RequestPublisher,
  ) {}

  @Post('builds/:id/cancel')
  @HttpCode(202)
  cancel(@Param('id') id: string): Accepted {
    return this.requests.publish({ kind: 'cancel', buildId: this.knownBuild(id) });
  }

  @Post('builds/:id/rerun')
  @HttpCode(202)
  rerun(@Param('id') id: string): Accepted {
    return this.requests.publish({ kind: 'rerun', buildId: this.knownBuild(id) });
  }

  @Post('builds/:id/approve')
  @HttpCode(202)
  approve(@Param('id') id: string, @Body() body: unknown): Accepted {
    const sha = parameters.bodyText(body, 'sha', SHA, 'the commit that is approved, 40 hexadecimal digits');
    const given = typeof body === 'object' && body !== null && 'job' in body && body.job !== undefined;
    const job = given ? { job: parameters.bodyText(body, 'job', JOB, 'the name or the id of a job') } : {};
    return this.requests.publish({ kind: 'approve', buildId: this.knownBuild(id), sha, ...job });
  }

  @Post('repos')
  @HttpCode(202)
  enable(@Body() body: unknown): Accepted {
    return this.requests.publish({ kind: 'enable', repo: parameters.bodyText(body, 'repo', REPO_NAME, 'owner/name') });
  }

  @Delete('repos/:repo')
  @HttpCode(202)
  disable(@Param('repo') repo: string): Accepted {
    return this.requests.publish({ kind: 'disable', repoId: this.knownRepo(repo) });
  }

  @Post('repos/:repo/builds')
  @HttpCode(202)
  run(@Param('repo') repo: string, @Body() body: unknown): Accepted {
    const given = typeof body === 'object' && body !== null && 'ref' in body && body.ref !== undefined;
    const ref = given ? { ref: parameters.bodyText(body, 'ref', REF, 'a branch, a tag or a full ref') } : {};
    const inputs = parameters.bodyTexts(body, 'inputs');
    return this.requests.publish({ kind: 'run', repoId: this.knownRepo(repo), ...ref, ...(inputs ? { inputs } : {}) });
  }

  private knownBuild(id: string): string {
    if (!this.model.build(parameters.buildIdOf(id))) throw parameters.notFound('build');
    return id;
  }

  private knownRepo(name: string): string {
    const repo = this.model.repo(name);
    if (!repo) throw parameters.notFound('repository');
    return repo.id;
  }
}
