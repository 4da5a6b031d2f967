import { UndecodableEvent } from '#errors';
import type { JobEvent, LogEvent, NoticeEvent, PlanEvent } from './build.events.js';
import type { DomainEvent } from './event.js';
import { EVENT_SHAPES } from './event.shapes.js';
import type { DeliveryEvent, GroupEvent, RepoEvent, RequestEvent } from './intake.events.js';
import { actor } from './parts.shapes.js';

/** Every event of the `EVENTS` stream. */
export type CairnEvent =
  DeliveryEvent | RequestEvent | RepoEvent | GroupEvent | PlanEvent | JobEvent | LogEvent | NoticeEvent;

/** The version that this code writes and, after upcasting, reads. A type that is missing here fails the compiler. */
const CURRENT: { readonly [E in CairnEvent as E['type']]: E['v'] } = {
  ArtifactStored: 1,
  TestsReported: 1,
  BuildApproved: 1,
  BuildAwaitingApproval: 1,
  BuildCancelled: 1,
  BuildClosed: 1,
  BuildFinished: 1,
  BuildPlanned: 1,
  BuildRegistered: 1,
  BuildRejected: 1,
  BuildRequested: 1,
  DeliveryAccepted: 1,
  DeliveryIgnored: 1,
  EndPhaseReached: 1,
  GroupAcquired: 1,
  GroupReleased: 1,
  GroupWaiting: 1,
  JobApproved: 1,
  JobAwaitingApproval: 1,
  JobAdopted: 1,
  JobFinished: 1,
  JobLost: 1,
  JobStarted: 1,
  JobsCancelled: 1,
  JobsQueued: 1,
  JobsSettled: 1,
  JobsSkipped: 1,
  LogStored: 1,
  NotificationFailed: 1,
  NotificationSent: 1,
  RefClosed: 1,
  RepoDisabled: 1,
  RepoEnabled: 1,
  RequestAccepted: 1,
  RequestRefused: 1,
  SchedulesSet: 1,
  StepFinished: 1,
  StepStarted: 1,
};

/** Recordings are lifted to the current version when read, never rewritten: `Type@version` → data of the next one. */
export const upcasters: Readonly<Record<string, (data: never) => unknown>> = {};

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isKnown = (type: string): type is CairnEvent['type'] => Object.hasOwn(CURRENT, type);

const complaint = (event: Record<string, unknown>): string | undefined => {
  for (const key of ['type', 'id', 'at', 'cause'])
    if (typeof event[key] !== 'string') return `${key} is missing or not a text`;
  if (!isRecord(event['data'])) return 'data is missing';
  if (!isRecord(event['actor'])) return 'actor is missing';
  if (!Number.isInteger(event['v'])) return 'v is missing or not a whole number';
  return undefined;
};

/** Where the parts that are in use do not fit; undefined when they do. */
const misfit = (type: CairnEvent['type'], event: Record<string, unknown>, data: unknown): string | undefined => {
  const inData = EVENT_SHAPES[type](data);
  if (inData) return `data${inData.path} of ${type} is missing or not ${inData.expected}`;
  const inActor = actor(event['actor']);
  return inActor && `actor${inActor.path} is missing or not ${inActor.expected}`;
};

/**
 * Reads a stored event, lifts it to the current version, and checks its data against what the type says then. Fields
 * that the type does not have are kept. An unknown type that says `ignorable: true` yields undefined: a newer writer
 * allows older readers to skip it.
 * @throws UndecodableEvent for anything else that is not an event known here; it never tells a value.
 */
export const decodeEvent = (subject: string, sequence: number, payload: Uint8Array): CairnEvent | undefined => {
  let event: unknown;
  try {
    event = JSON.parse(Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength).toString('utf8'));
  } catch (cause) {
    throw new UndecodableEvent(subject, sequence, 'it is not JSON', { cause });
  }
  if (!isRecord(event)) throw new UndecodableEvent(subject, sequence, 'it is not an object');
  const fault = complaint(event);
  if (fault) throw new UndecodableEvent(subject, sequence, fault);
  const { type, v } = event as DomainEvent;
  if (!isKnown(type)) {
    if (event['ignorable'] === true) return undefined;
    throw new UndecodableEvent(subject, sequence, `type ${type.slice(0, 60)} is not known to this version`);
  }
  const current = CURRENT[type];
  let data: unknown = event['data'];
  for (let from = v; from < current; from += 1) {
    const lift = upcasters[`${type}@${from}`];
    if (!lift) throw new UndecodableEvent(subject, sequence, `there is no way from version ${from} of ${type}`);
    try {
      data = lift(data as never);
    } catch (cause) {
      throw new UndecodableEvent(subject, sequence, `its data is not that of version ${from} of ${type}`, { cause });
    }
  }
  if (v > current) throw new UndecodableEvent(subject, sequence, `version ${v} of ${type} is newer than this program`);
  const unfit = misfit(type, event, data);
  if (unfit) throw new UndecodableEvent(subject, sequence, unfit);
  return (v === current ? event : { ...event, v: current, data }) as unknown as CairnEvent;
};
