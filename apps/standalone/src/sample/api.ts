import { SampleFailed } from '#errors';

export type SampleBuild = Readonly<{
  id: string;
  number: number;
  status: string;
  sha: string;
  reason: string | null;
  createdAt: string;
  finishedAt: string | null;
}>;
export type SampleDelivery = Readonly<{ id: string; outcome: string; detail: string }>;

type Page<T> = Readonly<{ items: readonly T[] }>;

/** What the standalone asks of its own viewer, as any other client would. */
export class Api {
  /** `base`: where the API is, without a slash at the end. */
  constructor(
    private readonly base: string,
    private readonly token: string,
  ) {}

  async builds(repo: string, signal: AbortSignal): Promise<readonly SampleBuild[]> {
    return (await this.get<Page<SampleBuild>>(`/api/builds?repo=${encodeURIComponent(repo)}`, signal)).items;
  }

  async deliveries(signal: AbortSignal): Promise<readonly SampleDelivery[]> {
    return (await this.get<Page<SampleDelivery>>('/api/deliveries', signal)).items;
  }

  private async get<T>(path: string, signal: AbortSignal): Promise<T> {
    const headers = { authorization: `Bearer ${this.token}` };
    const response = await fetch(`${this.base}${path}`, { headers, signal });
    if (!response.ok) throw new SampleFailed(`${path} was answered ${response.status}`);
    return (await response.json()) as T;
  }
}
