/** IPv4 addresses as numbers: `base` is the first. */
export type Subnet = Readonly<{ base: number; prefix: number }>;

const MAX_PREFIX = 28;
/** The network's own address, the engine's, and the one for all. */
const NOT_FOR_CONTAINERS = 3;

const sizeOf = (prefix: number): number => 2 ** (32 - prefix);

/** `10.1.0.0/16`; undefined when it is no IPv4 network. */
export const parseSubnet = (text: string): Subnet | undefined => {
  const [, address = '', bits = ''] = /^(\d{1,3}(?:\.\d{1,3}){3})\/(\d{1,2})$/.exec(text.trim()) ?? [];
  const parts = address.split('.').map(Number);
  const prefix = Number(bits);
  if (address === '' || prefix > 32 || parts.some((part) => part > 255)) return undefined;
  const base = parts.reduce((number, part) => number * 256 + part, 0);
  return base % sizeOf(prefix) === 0 ? { base, prefix } : undefined;
};

/** The setting: networks with commas, each with room for one job at least; undefined when it is not that. */
export const parseSubnets = (text: string): readonly Subnet[] | undefined => {
  const subnets = text.split(',').map(parseSubnet);
  return subnets.every((subnet) => subnet && subnet.prefix <= MAX_PREFIX) ? (subnets as Subnet[]) : undefined;
};

const shown = ({ base, prefix }: Subnet): string =>
  `${[24, 16, 8, 0].map((shift) => Math.floor(base / 2 ** shift) % 256).join('.')}/${prefix}`;

const overlaps = (a: Subnet, b: Subnet): boolean =>
  a.base < b.base + sizeOf(b.prefix) && b.base < a.base + sizeOf(a.prefix);

/** The first part of the pool that overlaps nothing used and has room for so many containers: a /28 for up to 13. */
export const freeSubnet = (
  pool: readonly Subnet[],
  used: readonly string[],
  containers: number,
): string | undefined => {
  const prefix = Math.min(MAX_PREFIX, 32 - Math.ceil(Math.log2(containers + NOT_FOR_CONTAINERS)));
  const taken = used.flatMap((text) => parseSubnet(text) ?? []);
  for (const { base, prefix: whole } of pool) {
    if (whole > prefix) continue;
    const end = base + sizeOf(whole);
    for (let at = base; at < end;) {
      const candidate = { base: at, prefix };
      const hit = taken.find((subnet) => overlaps(subnet, candidate));
      if (!hit) return shown(candidate);
      const size = sizeOf(prefix);
      at = Math.max(at + size, Math.ceil((hit.base + sizeOf(hit.prefix)) / size) * size);
    }
  }
  return undefined;
};
