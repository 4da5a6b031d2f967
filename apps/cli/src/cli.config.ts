import { IsOptional, IsString, IsUrl } from 'class-validator';

export class CliConfig {
  /** Where the viewer is. */
  @IsUrl({ protocols: ['http', 'https'], require_protocol: true, require_tld: false })
  readonly CAIRN_URL: string = 'http://127.0.0.1:8080';

  /** Unset: the one that a standalone in this directory keeps. */
  @IsOptional()
  @IsString()
  readonly CAIRN_ADMIN_TOKEN: string | undefined = undefined;

  @IsString()
  readonly CAIRN_DATA_DIR: string = '.cairn';

  /** Unset: `secrets.json` in the data directory. */
  @IsOptional()
  @IsString()
  readonly CAIRN_SECRETS_FILE: string | undefined = undefined;
}
