import { isIP } from 'node:net';

/** What people are told when everything runs, one line for each thing. */
export type Summary = Readonly<{
  version: string;
  dataDirectory: string;
  nats: string;
  executor: string;
  sample: string | undefined;
  loginUrl: string;
  webhookUrl: string;
  webhookHost: string;
  secretFile: string | undefined;
}>;

const isLoopback = (host: string): boolean => /^(127\.|localhost$|::1$|\[::1\]$)/.test(host);
const isPrivate = (host: string): boolean =>
  isIP(host) !== 0 && /^(10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|169\.254\.|f[cd]|fe80)/i.test(host);

/** Nobody can know what lies between GitHub and here: only what is certain is said. */
const reach = (host: string): string => {
  if (isLoopback(host))
    return 'GitHub cannot reach this loopback address: put a tunnel or an HTTPS proxy in front of it, and give GitHub that address';
  if (isPrivate(host)) return 'GitHub cannot reach this private address: give it one of a proxy or tunnel';
  return 'GitHub can reach it when this machine is on the internet; put HTTPS in front of it';
};

export const summaryLines = (summary: Summary): string[] => {
  const secret = summary.secretFile === undefined ? '' : ` (secret: ${summary.secretFile})`;
  return [
    `Cairn ${summary.version} · data ${summary.dataDirectory} · NATS ${summary.nats} · executor ${summary.executor}`,
    ...(summary.sample === undefined ? [] : [summary.sample]),
    `log in: ${summary.loginUrl}`,
    `webhook: ${summary.webhookUrl}${secret} · ${reach(summary.webhookHost)}`,
    'next: npx cairn repo add owner/name',
    'stop: Ctrl-C',
  ];
};
