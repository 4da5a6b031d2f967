import { IsBoolean, IsOptional, IsString, MinLength } from 'class-validator';
import { Flag, Lease, ServiceConfig, WebAddress, WithBlobStore, WithPageAddress } from '#config';
import { LEASE_MS } from '#events';

const SHORTEST_TOKEN = 16;

export class ViewerConfig extends WithBlobStore(WithPageAddress(ServiceConfig)) {
  @IsString()
  readonly CAIRN_DATA_DIR: string = 'data';

  @Flag()
  @IsBoolean({ message: 'must be true or false' })
  readonly CAIRN_PUBLIC_READ: boolean = false;

  @MinLength(SHORTEST_TOKEN, { message: `must be set to at least ${SHORTEST_TOKEN} characters` })
  readonly CAIRN_ADMIN_TOKEN: string = '';

  /** How long a runner's heartbeat counts. */
  @Lease()
  readonly CAIRN_LEASE: number = LEASE_MS / 1000;

  @IsOptional()
  @WebAddress()
  readonly ELASTICSEARCH_URL: string | undefined = undefined;

  /** Without Elasticsearch: where the logs are. Unset: `logs` in the data directory. */
  @IsOptional()
  @IsString()
  readonly CAIRN_LOG_DIR: string | undefined = undefined;
}
