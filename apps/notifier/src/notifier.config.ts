import { Type } from 'class-transformer';
import { IsInt, Max, Min } from 'class-validator';
import { PageLinkConfig } from '#config';

export class NotifierConfig extends PageLinkConfig {
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
