import { Controller, Get, GoneException, Header, Inject, Param, Query, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { BlobGone } from '#errors';
import { ArtifactReader, type ArtifactView } from '../artifacts/artifact-reader.js';
import { ReadModel } from '../read-model/read-model.js';
import { attemptIdsOf } from './attempt-ids.js';
import * as parameters from './parameters.js';

/** For browsers, which write a file of that name: its last part, and nothing that could end the header. RFC 6266. */
const disposition = (name: string): string => {
  const last = name.split('/').at(-1) ?? '';
  const plain = last.replace(/[^\w.+-]/g, '_');
  const exact = encodeURIComponent(last).replace(
    /['()*]/g,
    (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `attachment; filename="${plain}"; filename*=UTF-8''${exact}`;
};

/** What a job has left behind. */
@Controller('api/builds/:build/jobs/:job/artifacts')
export class ArtifactsController {
  constructor(
    @Inject(ArtifactReader) private readonly artifacts: ArtifactReader,
    @Inject(ReadModel) private readonly model: ReadModel,
  ) {}

  @Get()
  @Header('cache-control', 'no-store')
  async list(
    @Param() ids: { build: string; job: string },
    @Query() query: parameters.Query,
  ): Promise<Readonly<{ attempt: number; items: readonly ArtifactView[] }>> {
    const of = attemptIdsOf(this.model, ids, query);
    return { attempt: of.attempt, items: await this.artifacts.list(of) };
  }

  /** What a job wrote is nothing that a browser may show as a page of this site: it is only ever saved. */
  @Get(':id')
  async download(
    @Param() ids: { build: string; job: string; id: string },
    @Query() query: parameters.Query,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const artifact = await this.artifacts.find(attemptIdsOf(this.model, ids, query), ids.id);
    if (!artifact || artifact.link !== undefined) throw parameters.notFound('artifact of this job');
    const { size, content } = await this.artifacts.open(artifact).catch((error: unknown) => {
      if (!(error instanceof BlobGone)) throw error;
      throw new GoneException(`${artifact.name} is no longer stored; run the build again`);
    });
    content.on('error', () => reply.raw.destroy()); // a cut answer is honest, one that looks whole is not
    void reply
      .headers({
        'content-type': 'application/octet-stream',
        'content-length': String(size),
        'content-disposition': disposition(artifact.name),
        'x-content-type-options': 'nosniff',
        'cache-control': 'no-store',
        etag: `"${artifact.sha256}"`,
      })
      .send(content);
  }
}
