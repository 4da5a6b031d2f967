const LOOPBACK = ['127.0.0.1', 'localhost', '[::1]'];

const isDefaultPort = (protocol: string, port: string): boolean =>
  port === '' || port === (protocol === 'https:' ? '443' : '80');

export const isLoopback = (host: string): boolean => /^(127(\.\d{1,3}){3}|localhost|::1|\[::1\])$/i.test(host);

const bracketed = (host: string): string => (host.includes(':') && !host.startsWith('[') ? `[${host}]` : host);

/**
 * The names by which this server may be called: against pages of other sites that point a name of theirs at this address
 * (`Host`), or that send requests here (`Origin`).
 */
export class AllowedHosts {
  private readonly hosts = new Set<string>();
  private readonly origins = new Set<string>();

  /** `port`: the one that is listened on. */
  constructor(port: number, configuredHost: string, publicUrl: string | undefined) {
    for (const host of [...LOOPBACK, bracketed(configuredHost)]) this.allow('http:', host, String(port));
    if (publicUrl === undefined) return;
    const { protocol, hostname, port: publicPort } = new URL(publicUrl);
    this.allow(protocol, hostname, publicPort);
  }

  allowsHost(host: string | undefined): boolean {
    return host !== undefined && this.hosts.has(host.toLowerCase());
  }

  /** Requests without an origin come from no page of another site. */
  allowsOrigin(origin: string | undefined): boolean {
    return origin === undefined || this.origins.has(origin.toLowerCase());
  }

  private allow(protocol: string, hostname: string, port: string): void {
    const names = [`${hostname}:${port || (protocol === 'https:' ? '443' : '80')}`.toLowerCase()];
    if (isDefaultPort(protocol, port)) names.push(hostname.toLowerCase());
    for (const name of names) {
      this.hosts.add(name);
      this.origins.add(`${protocol}//${name}`);
    }
  }
}
