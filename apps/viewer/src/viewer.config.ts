import { Type } from 'class-transformer';
import { IsBoolean, IsInt, IsOptional, IsString, IsUrl, Max, Min, MinLength } from 'class-validator';
import { Flag, ServiceConfig } from '#config';

const WEB_URL = { protocols: ['http', 'https'], require_protocol: true, require_tld: false };
const SHORTEST_TOKEN = 16;

export class ViewerConfig extends ServiceConfig {
  @IsString()
  readonly CAIRN_DATA_DIR: string = 'data';

  @IsString()
  readonly CAIRN_HTTP_HOST: string = '127.0.0.1';

  @Type(() => Number)
  @IsInt()
  @Min(0)
  @Max(65_535)
  readonly CAIRN_HTTP_PORT: number = 8080;

  /** Where people reach the page, with a path when it is served below one. */
  @IsOptional()
  @IsUrl(WEB_URL, { message: 'must be an http:// or https:// address' })
  readonly CAIRN_PUBLIC_URL: string | undefined = undefined;

  @Flag()
  @IsBoolean({ message: 'must be true or false' })
  readonly CAIRN_PUBLIC_READ: boolean = false;

  @MinLength(SHORTEST_TOKEN, { message: `must be set to at least ${SHORTEST_TOKEN} characters` })
  readonly CAIRN_ADMIN_TOKEN: string = '';

  @IsOptional()
  @IsUrl(WEB_URL, { message: 'must be an http:// or https:// address' })
  readonly ELASTICSEARCH_URL: string | undefined = undefined;

  /** Without Elasticsearch: where the logs are. Unset: `logs` in the data directory. */
  @IsOptional()
  @IsString()
  readonly CAIRN_LOG_DIR: string | undefined = undefined;
}
