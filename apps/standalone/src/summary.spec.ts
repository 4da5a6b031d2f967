import { summaryLines } from './summary.js';

const summary = {
  version: '1.2.3',
  dataDirectory: '.cairn',
  nats: '2.10.24 at 127.0.0.1:4222',
  executor: 'docker 20.10.24',
  sample: 'sample: build #1 passed in 1.9 s http://127.0.0.1:8080/builds/x',
  loginUrl: 'http://127.0.0.1:8080/login?token=t',
  webhookUrl: 'http://127.0.0.1:8081/webhooks/github',
  webhookHost: '127.0.0.1',
  secretFile: '.cairn/webhook-secret',
};

describe('the last words of a start', () => {
  it('come in the order of the design', () => {
    const lines = summaryLines(summary);
    const wanted = [
      /^Cairn 1\.2\.3 · data .* · NATS .* · executor /,
      /^sample: /,
      /^log in: /,
      /^webhook: /,
      /^next: /,
    ];
    wanted.forEach((pattern, index) => expect(lines[index]).toMatch(pattern));
    expect(lines.at(-1)).toBe('stop: Ctrl-C');
  });

  it.each([
    ['127.0.0.1', /cannot reach this loopback/],
    ['localhost', /cannot reach this loopback/],
    ['192.168.1.5', /cannot reach this private/],
    ['0.0.0.0', /can reach it when/],
    ['ci.example.org', /can reach it when/],
  ])('tell whether GitHub can reach %s', (webhookHost, pattern) =>
    expect(summaryLines({ ...summary, webhookHost })[3]).toMatch(pattern),
  );
});
