import type { Place } from './findings.js';
import type { GlobsSpec } from './globs.reader.js';
import { IsInputName } from './rules.js';

export const EVENTS = ['push', 'pull_request', 'tag', 'schedule', 'manual'] as const;

export const INPUT_TYPES = ['string', 'boolean', 'number', 'choice'] as const;
export type InputType = (typeof INPUT_TYPES)[number];

/** What is asked for when a build is started by hand. */
export class InputSpec {
  @IsInputName()
  readonly name: string;
  readonly type: InputType;
  readonly description?: string;
  /** As text, whatever the type. */
  readonly default?: string;
  readonly required?: true;
  /** Of a choice. */
  readonly options: readonly string[];

  constructor(values: InputSpec) {
    this.name = values.name;
    this.type = values.type;
    this.description = values.description;
    this.default = values.default;
    this.required = values.required;
    this.options = values.options;
  }
}

/** One rule of `on`: what it names must match, what it does not name is not looked at. */
export type EventRule = Readonly<{ place: Place; branches?: GlobsSpec; tags?: GlobsSpec; paths?: GlobsSpec }>;

/** In UTC: five fields. */
export type ScheduleSpec = Readonly<{ cron: string; line: number }>;

/** What may begin a build. A rule that is missing: such an event begins none. */
export class OnSpec {
  readonly place: Place;
  readonly push?: EventRule;
  readonly pullRequest?: EventRule;
  readonly tag?: EventRule;
  readonly schedules: readonly ScheduleSpec[];
  readonly inputs: ReadonlyMap<string, InputSpec>;

  constructor(values: OnSpec) {
    this.place = values.place;
    this.push = values.push;
    this.pullRequest = values.pullRequest;
    this.tag = values.tag;
    this.schedules = values.schedules;
    this.inputs = values.inputs;
  }
}
