import { Type } from 'class-transformer';
import { IsInt, IsOptional, IsString, Max, Min, MinLength } from 'class-validator';
import { ServiceConfig } from '#config';

const SHORTEST_SECRET = 16;
const TOO_SHORT = { message: `must be set to at least ${SHORTEST_SECRET} characters` };

export class IngestConfig extends ServiceConfig {
  @IsString()
  readonly CAIRN_WEBHOOK_HOST: string = '127.0.0.1';

  @Type(() => Number)
  @IsInt()
  @Min(0)
  @Max(65_535)
  readonly CAIRN_WEBHOOK_PORT: number = 8081;

  @MinLength(SHORTEST_SECRET, TOO_SHORT)
  readonly CAIRN_WEBHOOK_SECRET: string = '';

  /** Still taken while the secret is changed on the forge's side. Not a list in one setting: a secret may hold any sign. */
  @IsOptional()
  @MinLength(SHORTEST_SECRET, TOO_SHORT)
  readonly CAIRN_WEBHOOK_SECRET_PREVIOUS: string | undefined = undefined;
}
