import { Matches } from 'class-validator';
import { ForgeConfig, Lease } from '#config';
import { LEASE_MS } from '#events';

export class PlannerConfig extends ForgeConfig {
  /** Which repositories may build: `owner/name` or `owner/*`, with commas. */
  @Matches(/^\s*([A-Za-z0-9_.-]+\/([A-Za-z0-9_.-]+|\*)\s*(,\s*|$))*$/, {
    message: 'must be a list of owner/name or owner/*, with commas',
  })
  readonly CAIRN_REPOS: string = '';

  @Lease()
  readonly CAIRN_LEASE: number = LEASE_MS / 1000;
}
