import { freeSubnet, parseSubnet, parseSubnets, type Subnet } from './subnets.js';

const pool = (text: string): readonly Subnet[] => parseSubnets(text) ?? [];

describe('parseSubnet', () => {
  it.each(['10.0.0.1/16', '10.0.0.0', '10.0.0/8', '300.0.0.0/8', '10.0.0.0/33', 'fd00::/8', ''])('not %j', (text) =>
    expect(parseSubnet(text)).toBeUndefined(),
  );
  it('reads addresses beyond 2^31', () =>
    expect(parseSubnet('224.0.0.0/4')).toEqual({ base: 224 * 2 ** 24, prefix: 4 }));
});

describe('parseSubnets', () => {
  it('takes several, none too small for a job', () => {
    expect(pool('10.1.0.0/16, 192.168.7.0/24')).toHaveLength(2);
    expect(parseSubnets('10.1.0.0/29')).toBeUndefined();
    expect(parseSubnets('10.1.0.0/16,')).toBeUndefined();
  });
});

describe('freeSubnet', () => {
  it('is the first /28 that nothing overlaps, in the next of the pool when one is full', () => {
    expect(freeSubnet(pool('10.1.0.0/24'), [], 3)).toBe('10.1.0.0/28');
    expect(freeSubnet(pool('10.1.0.0/24'), ['10.1.0.0/28', '10.1.0.32/28', 'fd00::/64'], 13)).toBe('10.1.0.16/28');
    expect(freeSubnet(pool('10.1.0.0/24'), ['10.1.0.0/25', '172.17.0.0/16'], 3)).toBe('10.1.0.128/28');
    expect(freeSubnet(pool('10.1.0.0/28,10.2.0.0/28'), ['10.1.0.0/28'], 3)).toBe('10.2.0.0/28');
  });
  it('is larger for more containers', () => {
    expect(freeSubnet(pool('10.1.0.0/24'), ['10.1.0.0/28'], 14)).toBe('10.1.0.32/27');
    expect(freeSubnet(pool('10.1.0.0/28,10.2.0.0/24'), [], 40)).toBe('10.2.0.0/26');
  });
  it('is not there when all are used, however large the network that uses them', () => {
    expect(freeSubnet(pool('10.1.0.0/28'), ['10.0.0.0/8'], 3)).toBeUndefined();
    expect(freeSubnet(pool('10.1.0.0/27'), ['10.1.0.0/28', '10.1.0.16/28'], 3)).toBeUndefined();
  });
});
