import { IsOptional, IsUrl, Matches } from 'class-validator';
import { ServiceConfig } from '#config';

export class LogShipperConfig extends ServiceConfig {
  @Matches(/^\//, { message: 'must be an absolute path' })
  readonly CAIRN_DATA_DIR: string = '/var/lib/cairn';

  /** Where logs are kept without Elasticsearch; `<CAIRN_DATA_DIR>/logs` when not set. */
  @IsOptional()
  @Matches(/^\//, { message: 'must be an absolute path' })
  readonly CAIRN_LOG_DIR: string | undefined = undefined;

  @IsOptional()
  @IsUrl({ protocols: ['https', 'http'], require_protocol: true, require_tld: false })
  readonly ELASTICSEARCH_URL: string | undefined = undefined;
}
