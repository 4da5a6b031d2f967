import { createHmac } from 'node:crypto';
import { WebhookSignature } from './webhook-signature.js';

const SECRET = 'a secret of the forge';
const PREVIOUS = 'the secret before that';
const sign = (body: Buffer, secret = SECRET): string =>
  `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;

describe('webhook signature', () => {
  const signature = new WebhookSignature([SECRET, PREVIOUS]);
  const bodies: readonly (readonly [string, Buffer])[] = [
    ['plain text', Buffer.from('{"a":1}')],
    ['text beyond ASCII', Buffer.from('{"a":"grüße 🪨 \u{2028}"}')],
    ['a byte order mark', Buffer.from('\ufeff{}')],
    ['bytes that are no UTF-8', Buffer.from([0x7b, 0xff, 0xfe, 0x80, 0x7d])],
    ['no bytes', Buffer.alloc(0)],
  ];

  it.each(bodies)('covers %s', async (_, body) => {
    expect(await signature.covers(body, sign(body))).toBe(true);
    expect(await signature.covers(body, sign(body, PREVIOUS))).toBe(true);
    expect(await signature.covers(body, sign(body, 'a secret of nobody'))).toBe(false);
    expect(await signature.covers(Buffer.concat([body, Buffer.from(' ')]), sign(body))).toBe(false);
  });

  it('is over the bytes, not over what text they may be read as', async () => {
    const replaced = Buffer.from('{"a":"\ufffd"}');
    const original = Buffer.from([...Buffer.from('{"a":"'), 0xff, ...Buffer.from('"}')]);
    expect(original.toString('utf8')).toBe(replaced.toString('utf8'));
    expect(await signature.covers(original, sign(replaced))).toBe(false);
  });
});
