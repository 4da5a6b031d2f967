import { subjects, type DeliveryAccepted, type DeliveryIgnored, type RequestAccepted } from '#events';
import { BUILD_ID, context, specify, triggerOf } from '#testing';
import { deliveryDecider, requestDecider, type DeliveryCommand, type RequestCommand } from './intake.deciders.js';

const GUID = '11111111-1111-4111-8111-111111111111';

const ACCEPTED: DeliveryAccepted['data'] = {
  event: 'push',
  repoId: 'gh-1',
  repo: 'ada/engine',
  sequence: 7,
  decision: { kind: 'build', buildId: BUILD_ID, trigger: triggerOf() },
};
const IGNORED: DeliveryIgnored['data'] = {
  event: 'push',
  sequence: 7,
  reason: 'repository-not-enabled',
  detail: 'not enabled',
};
const ASKED: RequestAccepted['data'] = { kind: 'cancel', buildId: BUILD_ID, sequence: 3 };

describe('delivery decider', () => {
  const given = specify(deliveryDecider);
  const CONTEXT = context(subjects.delivery(GUID));
  const accept: DeliveryCommand = { ...CONTEXT, type: 'AcceptDelivery', accepted: ACCEPTED };
  const ignore: DeliveryCommand = { ...CONTEXT, type: 'IgnoreDelivery', ignored: IGNORED };
  const accepted = deliveryDecider.decide({}, accept);
  const ignored = deliveryDecider.decide({}, ignore);

  it('answers once', () => {
    given().when(accept).then({ type: 'DeliveryAccepted', data: ACCEPTED });
    given().when(ignore).then({ type: 'DeliveryIgnored', data: IGNORED });
  });
  it('stays with its answer, whatever is found later', () => {
    for (const command of [accept, ignore]) {
      given(...accepted)
        .when(command)
        .thenNothing();
      given(...ignored)
        .when(command)
        .thenNothing();
    }
    const both = [...accepted, ...ignored].reduce(deliveryDecider.evolve, deliveryDecider.initialState());
    expect(both.decided).toBe(accepted[0]);
  });
});

describe('request decider', () => {
  const given = specify(requestDecider);
  const CONTEXT = context(subjects.request(GUID));
  const accept: RequestCommand = { ...CONTEXT, type: 'AcceptRequest', accepted: ASKED };
  const refuse: RequestCommand = { ...CONTEXT, type: 'RefuseRequest', refused: { kind: 'cancel', detail: 'over' } };

  it('answers once, and stays with it', () => {
    given().when(accept).then({ type: 'RequestAccepted', data: ASKED });
    given()
      .when(refuse)
      .then({ type: 'RequestRefused', data: { kind: 'cancel', detail: 'over' } });
    for (const past of [accept, refuse])
      for (const command of [accept, refuse])
        given(...requestDecider.decide({}, past))
          .when(command)
          .thenNothing();
  });
});
