import 'reflect-metadata';
import { Type } from 'class-transformer';
import { IsInt, IsOptional, IsString, IsUrl, Matches, Max, Min } from 'class-validator';
import { ServiceConfig } from './settings.js';

const WEB_ADDRESS = { protocols: ['https', 'http'], require_protocol: true, require_tld: false };

/** The settings of a service that talks to the forge. */
export class ForgeConfig extends ServiceConfig {
  @IsUrl(WEB_ADDRESS, { message: 'must be an http:// or https:// address' })
  readonly CAIRN_GITHUB_URL: string = 'https://api.github.com';

  @IsOptional()
  @IsString()
  readonly CAIRN_GITHUB_TOKEN: string | undefined = undefined;

  /** Repositories below it are read by plain git. */
  @IsOptional()
  @Matches(/^\//, { message: 'must be an absolute path' })
  readonly CAIRN_GIT_ROOT: string | undefined = undefined;

  /** Where git, and the programs of jobs on the host, are looked for. */
  @IsString()
  readonly PATH: string = '/usr/local/bin:/usr/bin:/bin';
}

/** The forge part of the settings, as `createForges` takes it. */
export const forgeSettings = (
  config: ForgeConfig,
): { githubUrl: string; githubToken: string | undefined; gitRoot: string | undefined; searchPath: string } => ({
  githubUrl: config.CAIRN_GITHUB_URL,
  githubToken: config.CAIRN_GITHUB_TOKEN,
  gitRoot: config.CAIRN_GIT_ROOT,
  searchPath: config.PATH,
});

/** The settings of a service that says where its pages are. */
export class PageLinkConfig extends ForgeConfig {
  /** Where people reach the pages. Unset: the address that the viewer listens on. */
  @IsOptional()
  @IsUrl(WEB_ADDRESS, { message: 'must be an http:// or https:// address' })
  readonly CAIRN_PUBLIC_URL: string | undefined = undefined;

  @IsString()
  readonly CAIRN_HTTP_HOST: string = '127.0.0.1';

  @Type(() => Number)
  @IsInt()
  @Min(0)
  @Max(65_535)
  readonly CAIRN_HTTP_PORT: number = 8080;
}

/** Where the pages are, without a slash at the end. */
export const publicUrl = (config: PageLinkConfig): string => {
  const { CAIRN_PUBLIC_URL: url, CAIRN_HTTP_HOST: host, CAIRN_HTTP_PORT: port } = config;
  return url === undefined ? `http://${host.includes(':') ? `[${host}]` : host}:${port}` : url.replace(/\/+$/, '');
};
