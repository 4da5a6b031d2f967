import { CairnError, ForgeUnavailable, LargeFileUnavailable, messageOf } from '#errors';
import { batchCall, downloadCall, redirected, type Call, type LfsServer } from './addresses.js';
import { batchRequest, readBatch, type Download, type Found } from './batch.js';
import type { LfsObject } from './pointer.js';

const REDIRECTS = 5;
/** For the head of an answer, and for each piece of its body. */
const SILENCE_MS = 60_000;
const LONGEST_ANSWER = 4 * 1024 * 1024;

const retryAfter = (value: string | null): number | undefined => {
  if (value === null) return undefined;
  const ms = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - Date.now();
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined;
};

const refusal = (response: Response, { url }: Call): CairnError => {
  const { status } = response;
  const words = `${url.host} answered ${status}`;
  if (status === 408 || status === 429 || status >= 500) {
    return new ForgeUnavailable(words, retryAfter(response.headers.get('retry-after')));
  }
  const unreadable = status === 401 || status === 403 || status === 404;
  return new LargeFileUnavailable(
    `${words}${unreadable ? ': the runner may not read these files, or there are none' : ''}`,
  );
};

/** A server of large files, as the batch API has it. Nothing else than an https address is asked. */
export class LfsHttp {
  constructor(
    private readonly server: LfsServer,
    private readonly signal: AbortSignal,
  ) {}

  /** @throws LargeFileUnavailable · ForgeUnavailable */
  async locate(objects: readonly LfsObject[], ref: string | undefined): Promise<Found> {
    const parts: Uint8Array[] = [];
    let bytes = 0;
    for await (const part of this.ask(batchCall(this.server), batchRequest(objects, ref))) {
      if ((bytes += part.length) > LONGEST_ANSWER)
        throw new LargeFileUnavailable('the answer of the server is too long');
      parts.push(part);
    }
    return readBatch(Buffer.concat(parts).toString('utf8'), objects);
  }

  /** @throws as `locate`, when it is read. */
  download(place: Download): AsyncGenerator<Uint8Array> {
    return this.ask(downloadCall(place, this.server));
  }

  private async *ask(first: Call, body?: string): AsyncGenerator<Uint8Array> {
    const silence = new AbortController();
    const timer = setTimeout(() => silence.abort(), SILENCE_MS);
    const signal = AbortSignal.any([this.signal, silence.signal]);
    try {
      const response = await this.follow(first, body, signal);
      for await (const part of response.body ?? []) {
        timer.refresh();
        yield part;
      }
    } catch (error) {
      if (error instanceof CairnError) throw error;
      const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
      const why = silence.signal.aborted ? `nothing came for ${SILENCE_MS / 1000} s` : messageOf(cause);
      throw new ForgeUnavailable(`${first.url.host}: ${why}`, undefined, { cause: error });
    } finally {
      clearTimeout(timer);
      silence.abort(); // what is not read is not left open
    }
  }

  private async follow(first: Call, body: string | undefined, signal: AbortSignal): Promise<Response> {
    let call = first;
    for (let turn = 0; turn <= REDIRECTS; turn += 1) {
      const request: RequestInit = body === undefined ? {} : { method: 'POST', body };
      const headers = new Headers(call.headers);
      headers.set('accept-encoding', 'identity');
      const response = await fetch(call.url, { ...request, headers, redirect: 'manual', signal });
      if (response.ok) return response;
      await response.body?.cancel();
      const location = response.headers.get('location');
      if (response.status < 300 || response.status > 399 || location === null) throw refusal(response, call);
      const next = redirected(call, location, this.server);
      if (body !== undefined && next.url.origin !== first.url.origin)
        throw new LargeFileUnavailable(`${first.url.host} leads to another server, ${next.url.host}`);
      call = next;
    }
    throw new LargeFileUnavailable(`${first.url.host} leads from one address to another without end`);
  }
}
