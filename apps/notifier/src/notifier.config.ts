import { Type } from 'class-transformer';
import { IsInt, IsOptional, IsString, IsUrl, Max, Min } from 'class-validator';
import { ServiceConfig } from '#config';

const WEB_ADDRESS = { protocols: ['http', 'https'], require_protocol: true, require_tld: false };

export class NotifierConfig extends ServiceConfig {
  /** Where people reach the pages; links in statuses begin with it. */
  @IsOptional()
  @IsUrl(WEB_ADDRESS)
  readonly CAIRN_PUBLIC_URL: string | undefined = undefined;

  @IsString()
  readonly CAIRN_HTTP_HOST: string = '127.0.0.1';

  @Type(() => Number)
  @IsInt()
  @Min(0)
  @Max(65_535)
  readonly CAIRN_HTTP_PORT: number = 8080;

  @IsUrl(WEB_ADDRESS)
  readonly CAIRN_GITHUB_URL: string = 'https://api.github.com';

  /** Without it no status is sent. */
  @IsOptional()
  @IsString()
  readonly CAIRN_GITHUB_TOKEN: string | undefined = undefined;

  @IsOptional()
  @IsString()
  readonly CAIRN_GIT_ROOT: string | undefined = undefined;

  /** How soon a last status that was refused is tried again; the pauses grow up to an hour. */
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(3_600)
  readonly CAIRN_NOTIFIER_RETRY_SECONDS: number = 300;

  /** How long after a build's end it is tried again. */
  @Type(() => Number)
  @IsInt()
  @Min(0)
  @Max(168)
  readonly CAIRN_NOTIFIER_RETRY_HOURS: number = 24;
}

/** Where the pages are, without a slash at the end. */
export const publicUrl = (config: NotifierConfig): string => {
  const { CAIRN_PUBLIC_URL: url, CAIRN_HTTP_HOST: host, CAIRN_HTTP_PORT: port } = config;
  return url === undefined ? `http://${host.includes(':') ? `[${host}]` : host}:${port}` : url.replace(/\/+$/, '');
};
