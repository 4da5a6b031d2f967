import { Type } from 'class-transformer';
import { IsInt, IsOptional, IsString, Min, MinLength } from 'class-validator';
import { Port, ServiceConfig } from '#config';

const SHORTEST_SECRET = 16;
const TOO_SHORT = { message: `must be set to at least ${SHORTEST_SECRET} characters` };

/** GitHub's own limit is 25 MB. */
export const LARGEST_BODY_BYTES = 25 * 1024 * 1024;

export class IngestConfig extends ServiceConfig {
  @IsString()
  readonly CAIRN_WEBHOOK_HOST: string = '127.0.0.1';

  @Port()
  readonly CAIRN_WEBHOOK_PORT: number = 8081;

  @MinLength(SHORTEST_SECRET, TOO_SHORT)
  readonly CAIRN_WEBHOOK_SECRET: string = '';

  /** Still taken while the secret is changed on the forge's side. Not a list in one setting: a secret may hold any sign. */
  @IsOptional()
  @MinLength(SHORTEST_SECRET, TOO_SHORT)
  readonly CAIRN_WEBHOOK_SECRET_PREVIOUS: string | undefined = undefined;

  /** The bodies of all webhooks that are being received and stored at a time. At least one must fit. */
  @Type(() => Number)
  @IsInt()
  @Min(LARGEST_BODY_BYTES)
  readonly CAIRN_WEBHOOK_MEMORY_BYTES: number = 134_217_728;
}
