import 'reflect-metadata';
import { IsOptional, IsString, Matches } from 'class-validator';
import { WithPageAddress } from './page-address.js';
import { ServiceConfig, WebAddress } from './settings.js';

/** The settings of a service that talks to the forge. */
export class ForgeConfig extends ServiceConfig {
  @WebAddress()
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

/** The settings of a service that talks to the forge, and says there where the pages are. */
export class PageLinkConfig extends WithPageAddress(ForgeConfig) {}
