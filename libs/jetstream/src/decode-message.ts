import { decodeEvent, type ConsumerSpec } from '#events';
import { UndecodableEvent } from '#errors';

/**
 * The payload as a handler wants it: an event of `EVENTS`, the bytes of a webhook, JSON of all others. Undefined when
 * the handler does not want it.
 * @throws UndecodableEvent
 */
export const decodeMessage = (
  spec: Pick<ConsumerSpec, 'stream' | 'types'>,
  subject: string,
  sequence: number,
  payload: Uint8Array,
): unknown => {
  if (spec.stream === 'WEBHOOKS') return payload;
  if (spec.stream === 'EVENTS') {
    const event = decodeEvent(subject, sequence, payload);
    return event && (!spec.types || spec.types.includes(event.type)) ? event : undefined;
  }
  try {
    return JSON.parse(Buffer.from(payload).toString('utf8')) as unknown;
  } catch (cause) {
    throw new UndecodableEvent(subject, sequence, 'it is not JSON', { cause });
  }
};
