import { IsBoolean, IsOptional, IsString, ValidateIf } from 'class-validator';
import { Flag, WebAddress, type ServiceConfig } from './settings.js';

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- the one form that the compiler takes for such a base
type Base = new (...none: any[]) => ServiceConfig;

const WithEndpoint = (): PropertyDecorator =>
  ValidateIf((config: { CAIRN_S3_ENDPOINT?: string }) => config.CAIRN_S3_ENDPOINT !== undefined);
const Wanted = (): PropertyDecorator => IsString({ message: 'must be set, since CAIRN_S3_ENDPOINT is' });

/** Adds the settings that tell where artifacts and caches are, when that is not in NATS. */
export const WithBlobStore = <Config extends Base>(config: Config) => {
  class WithStore extends config {
    /** Unset: artifacts and caches are in NATS. */
    @IsOptional()
    @WebAddress()
    readonly CAIRN_S3_ENDPOINT: string | undefined = undefined;

    @WithEndpoint()
    @Wanted()
    readonly CAIRN_S3_BUCKET: string | undefined = undefined;

    @IsString()
    readonly CAIRN_S3_REGION: string = 'us-east-1';

    @WithEndpoint()
    @Wanted()
    readonly CAIRN_S3_ACCESS_KEY: string | undefined = undefined;

    @WithEndpoint()
    @Wanted()
    readonly CAIRN_S3_SECRET_KEY: string | undefined = undefined;

    @Flag()
    @IsBoolean({ message: 'must be true or false' })
    readonly CAIRN_S3_PATH_STYLE: boolean = true;
  }
  return WithStore;
};

/** The S3 part of the settings, as `createBlobStores` takes it; undefined without an endpoint. */
export const s3Settings = (config: InstanceType<ReturnType<typeof WithBlobStore>>) =>
  config.CAIRN_S3_ENDPOINT === undefined
    ? undefined
    : {
        endpoint: config.CAIRN_S3_ENDPOINT,
        bucket: config.CAIRN_S3_BUCKET ?? '',
        region: config.CAIRN_S3_REGION,
        accessKey: config.CAIRN_S3_ACCESS_KEY ?? '',
        secretKey: config.CAIRN_S3_SECRET_KEY ?? '',
        pathStyle: config.CAIRN_S3_PATH_STYLE,
      };
