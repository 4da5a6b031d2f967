import { IsBoolean, IsOptional, IsString, Matches } from 'class-validator';
import { Flag } from '#config';

const NATS_URL = String.raw`(tls://[^\s,]+|nats://([^@\s,]*@)?(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?)`;
const NATS_URLS = new RegExp(`^${NATS_URL}(\\s*,\\s*${NATS_URL})*$`);

/** What the standalone itself decides by; the services it hosts have their own settings beside. */
export class StandaloneConfig {
  @IsString()
  readonly CAIRN_DATA_DIR: string = '.cairn';

  /** Unset: our own server, started as a child. */
  @IsOptional()
  @Matches(NATS_URLS, {
    message: 'must be tls://host:port, or nats:// at a loopback address; leave it out for a server of its own',
  })
  readonly CAIRN_NATS_URL: string | undefined = undefined;

  /** Whether the first run makes a sample repository and builds it. */
  @Flag()
  @IsBoolean({ message: 'must be true or false' })
  readonly CAIRN_SAMPLE: boolean = true;

  /** Where programs (nats-server, git) are looked for. */
  @IsString()
  readonly PATH: string = '/usr/local/bin:/usr/bin:/bin';
}
