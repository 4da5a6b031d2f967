import { homedir } from 'node:os';
import { IsOptional, IsString } from 'class-validator';

/** What `cairn run` decides by, beside the settings of planner and runner that it passes on. */
export class LocalRunConfig {
  @IsString()
  readonly PATH: string = '/usr/local/bin:/usr/bin:/bin';

  /** Whose git settings count, and where caches are. */
  @IsString()
  readonly HOME: string = homedir();

  @IsOptional()
  @IsString()
  readonly XDG_CACHE_HOME: string | undefined = undefined;
}
