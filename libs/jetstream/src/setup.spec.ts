import { UnsupportedServer } from '#errors';
import { serverNotice } from './setup.js';

describe('serverNotice', () => {
  it.each(['2.10.20', '2.10.21', '2.10.22'])('refuses %s, which can lose a stream', (version) => {
    expect(() => serverNotice(version, 1)).toThrow(UnsupportedServer);
    expect(() => serverNotice(version, 3)).toThrow(UnsupportedServer);
  });
  it.each(['2.9.10', '2.9.25', '2.10.0', '2.10.19'])('refuses several replicas on %s', (version) =>
    expect(() => serverNotice(version, 3)).toThrow(UnsupportedServer),
  );
  it.each(['2.10.23', '2.10.29', '2.11.0', '2.12.0-RC.1', '3.0.0'])(
    'takes %s, with replicas, in silence',
    (version) => {
      expect(serverNotice(version, 1)).toBeUndefined();
      expect(serverNotice(version, 3)).toBeUndefined();
    },
  );
  it('says what a power cut can cost on a server that cannot sync always', () => {
    expect(serverNotice('2.9.10', 1)).toContain('power cut');
    expect(serverNotice('2.10.19', 1)).toBeUndefined();
  });
});
