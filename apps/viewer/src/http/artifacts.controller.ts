import { Readable } from 'node:stream';
import { Controller, Get, GoneException, Header, HttpException, Inject, Param, Query, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ByteRange } from '#blob-store';
import { BlobGone } from '#errors';
import type { ArtifactStored } from '#events';
import { ArtifactReader, type ArtifactView } from '../artifacts/artifact-reader.js';
import { ReadModel } from '../read-model/read-model.js';
import { attemptIdsOf } from './attempt-ids.js';
import { byteRange } from './byte-range.js';
import * as parameters from './parameters.js';

const RANGE_NOT_SATISFIABLE = 416;

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

  /**
   * What a job wrote is nothing that a browser may show as a page of this site: it is only ever saved. Answers HEAD too, and
   * requests for a part of it.
   */
  @Get(':id')
  async download(
    @Param() ids: { build: string; job: string; id: string },
    @Query() query: parameters.Query,
    @Req() { method, headers }: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const artifact = await this.artifacts.find(attemptIdsOf(this.model, ids, query), ids.id);
    if (!artifact || artifact.link !== undefined) throw parameters.notFound('artifact of this job');
    const { bytes, name, sha256 } = artifact;
    const etag = `"${sha256}"`;
    const range = method === 'HEAD' ? undefined : byteRange(headers, bytes, etag);
    if (range === 'none') {
      void reply.header('content-range', `bytes */${bytes}`);
      throw new HttpException(`${name} has ${bytes} bytes`, RANGE_NOT_SATISFIABLE);
    }
    const content = await this.contentOf(artifact, range, method === 'HEAD');
    content.on('error', () => reply.raw.destroy()); // a cut answer is honest, one that looks whole is not
    void reply
      .code(range ? 206 : 200)
      .headers({
        'content-type': 'application/octet-stream',
        'content-length': String(range ? range.to - range.from + 1 : bytes),
        ...(range ? { 'content-range': `bytes ${range.from}-${range.to}/${bytes}` } : {}),
        'accept-ranges': 'bytes',
        'content-disposition': disposition(name),
        'content-security-policy': "sandbox; default-src 'none'",
        'x-content-type-options': 'nosniff',
        'cache-control': 'no-store',
        etag,
      })
      .send(content);
  }

  /** Nothing when only its head is asked for. */
  private async contentOf(
    artifact: ArtifactStored['data'],
    range: ByteRange | undefined,
    isHead: boolean,
  ): Promise<Readable> {
    const gone = new GoneException(`${artifact.name} is no longer stored; run the build again`);
    if (isHead && !(await this.artifacts.isThere(artifact))) throw gone;
    if (isHead) return Readable.from([]);
    const { content } = await this.artifacts.open(artifact, range).catch((error: unknown) => {
      throw error instanceof BlobGone ? gone : error;
    });
    return content;
  }
}
