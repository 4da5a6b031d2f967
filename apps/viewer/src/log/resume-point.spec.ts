import { eventId, resumePoint } from './resume-point.js';

describe('resume point', () => {
  it('comes back from its id', () => {
    const point = { attempt: 2, step: 0, offset: 123_456_789_012 };
    expect(resumePoint(eventId(point))).toEqual(point);
  });
  it.each([undefined, '', '1', '1.2', '0.1.2', '1.-1.2', '1.2.3.4', '1.2.x', '1.2.9999999999999999', ' 1.2.3'])(
    'is not seen in %s',
    (id) => expect(resumePoint(id)).toBeUndefined(),
  );
});
