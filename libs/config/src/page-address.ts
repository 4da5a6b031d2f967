import { IsOptional, IsString } from 'class-validator';
import { Port, WebAddress, type ServiceConfig } from './settings.js';

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- the one form that the compiler takes for such a base
type Base = new (...none: any[]) => ServiceConfig;

/** Adds the settings that tell where the pages are: to the viewer, which serves them, and to who links to them. */
export const WithPageAddress = <Config extends Base>(config: Config) => {
  class WithAddress extends config {
    /** Where people reach the pages, with a path when they are served below one. Unset: where the viewer listens. */
    @IsOptional()
    @WebAddress()
    readonly CAIRN_PUBLIC_URL: string | undefined = undefined;

    /** Where the viewer listens. */
    @IsString()
    readonly CAIRN_HTTP_HOST: string = '127.0.0.1';

    @Port()
    readonly CAIRN_HTTP_PORT: number = 8080;
  }
  return WithAddress;
};

/** Where the pages are, without a slash at the end. */
export const publicUrl = (config: InstanceType<ReturnType<typeof WithPageAddress>>): string => {
  const { CAIRN_PUBLIC_URL: url, CAIRN_HTTP_HOST: host, CAIRN_HTTP_PORT: port } = config;
  return url === undefined ? `http://${host.includes(':') ? `[${host}]` : host}:${port}` : url.replace(/\/+$/, '');
};
