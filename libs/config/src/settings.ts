import { Transform, Type } from 'class-transformer';
import { IsIn, IsInt, IsOptional, IsString, IsUrl, Matches, Max, Min } from 'class-validator';

/** `true`, `false`, `1`, `0`, `yes`, `no`; anything else is left for the validator to refuse. */
export const Flag = (): PropertyDecorator =>
  Transform(({ value }: { value: unknown }) => {
    if (typeof value !== 'string') return value;
    if (/^(true|1|yes)$/i.test(value)) return true;
    if (/^(false|0|no)$/i.test(value)) return false;
    return value;
  });

/** A runner may be silent for 2 s although it is well: so long it waits for a server that died amid its handshake. */
const SHORTEST_LEASE = 5;

/** Seconds without a heartbeat after which a runner's jobs may be given to another; one value for planner and runners. */
export const Lease = (): PropertyDecorator =>
  applyAll(
    Type(() => Number),
    IsInt(),
    Min(SHORTEST_LEASE),
    Max(600),
  );

export const WebAddress = (): PropertyDecorator =>
  IsUrl(
    { protocols: ['https', 'http'], require_protocol: true, require_tld: false },
    { message: 'must be an http:// or https:// address' },
  );

/** `0`: any that is free. */
export const Port = (): PropertyDecorator =>
  applyAll(
    Type(() => Number),
    IsInt(),
    Min(0),
    Max(65_535),
  );

const applyAll =
  (...decorators: readonly PropertyDecorator[]): PropertyDecorator =>
  (target, property) =>
    decorators.forEach((decorate) => decorate(target, property));

export const LOG_LEVELS = ['error', 'warn', 'log', 'debug'] as const;
export type LogLevelName = (typeof LOG_LEVELS)[number];

/** The settings that every service has. A subclass adds its own. */
export class ServiceConfig {
  @Matches(/^(nats|tls):\/\/[^\s]+$/, { message: 'must be one or more nats:// or tls:// addresses, with commas' })
  readonly CAIRN_NATS_URL: string = 'nats://127.0.0.1:4222';

  @IsOptional()
  @IsString()
  readonly CAIRN_NATS_USER: string | undefined = undefined;

  @IsOptional()
  @IsString()
  readonly CAIRN_NATS_PASSWORD: string | undefined = undefined;

  @IsOptional()
  @IsString()
  readonly CAIRN_NATS_CA_FILE: string | undefined = undefined;

  @IsIn(LOG_LEVELS, { message: `must be one of ${LOG_LEVELS.join(', ')}` })
  readonly CAIRN_LOG_LEVEL: LogLevelName = 'log';
}

/** The levels that are written when `level` is the least of them. */
export const levelsFrom = (level: LogLevelName): LogLevelName[] => LOG_LEVELS.slice(0, LOG_LEVELS.indexOf(level) + 1);

/** The NATS part of the settings, as `connectToNats` takes it. */
export const natsSettings = (
  config: ServiceConfig,
  name: string,
): { url: string; user?: string; password?: string; caFile?: string; name: string } => ({
  url: config.CAIRN_NATS_URL,
  name,
  ...(config.CAIRN_NATS_USER === undefined ? {} : { user: config.CAIRN_NATS_USER }),
  ...(config.CAIRN_NATS_PASSWORD === undefined ? {} : { password: config.CAIRN_NATS_PASSWORD }),
  ...(config.CAIRN_NATS_CA_FILE === undefined ? {} : { caFile: config.CAIRN_NATS_CA_FILE }),
});
