import { Type } from 'class-transformer';
import { IsInt, IsOptional, Matches, Max, Min } from 'class-validator';
import { ForgeConfig, Lease } from '#config';
import type { RepoLimits } from '#domain';
import { LEASE_MS } from '#events';

export class PlannerConfig extends ForgeConfig {
  /** Which repositories may build: `owner/name` or `owner/*`, with commas. */
  @Matches(/^\s*([A-Za-z0-9_.-]+\/([A-Za-z0-9_.-]+|\*)\s*(,\s*|$))*$/, {
    message: 'must be a list of owner/name or owner/*, with commas',
  })
  readonly CAIRN_REPOS: string = '';

  /** Days for which an approval is waited for: of a pull request from a fork, or of a job. */
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(3650)
  readonly CAIRN_APPROVAL_DAYS: number = 30;

  @Lease()
  readonly CAIRN_LEASE: number = LEASE_MS / 1000;

  /** How many jobs of one repository may be at work at once, in all pools together. */
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(100_000)
  readonly CAIRN_REPO_LIMIT: number | undefined = undefined;

  /** How much of a pool's slots one repository may have at once, in percent; always one at least. */
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(100)
  readonly CAIRN_REPO_SHARE: number | undefined = undefined;
}

export const repoLimits = ({ CAIRN_REPO_LIMIT: jobs, CAIRN_REPO_SHARE: percentOfPool }: PlannerConfig): RepoLimits => ({
  ...(jobs === undefined ? {} : { jobs }),
  ...(percentOfPool === undefined ? {} : { percentOfPool }),
});
