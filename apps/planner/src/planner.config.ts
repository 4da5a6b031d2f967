import { IsOptional, IsString, IsUrl, Matches } from 'class-validator';
import { ServiceConfig } from '#config';

export class PlannerConfig extends ServiceConfig {
  /** Which repositories may build: `owner/name` or `owner/*`, with commas. */
  @Matches(/^\s*([A-Za-z0-9_.-]+\/([A-Za-z0-9_.-]+|\*)\s*(,\s*|$))*$/, {
    message: 'must be a list of owner/name or owner/*, with commas',
  })
  readonly CAIRN_REPOS: string = '';

  @IsUrl({ protocols: ['https', 'http'], require_protocol: true, require_tld: false })
  readonly CAIRN_GITHUB_URL: string = 'https://api.github.com';

  @IsOptional()
  @IsString()
  readonly CAIRN_GITHUB_TOKEN: string | undefined = undefined;

  @IsOptional()
  @Matches(/^\//, { message: 'must be an absolute path' })
  readonly CAIRN_GIT_ROOT: string | undefined = undefined;

  /** Where git is looked for. */
  @IsString()
  readonly PATH: string = '/usr/local/bin:/usr/bin:/bin';
}
