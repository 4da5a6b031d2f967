import { userInfo } from 'node:os';
import { WrongUse } from '#errors';
import type { Trigger } from '#events';
import type { WorkingTree } from './working-tree.js';

/** The options that say what sets a build off; for `parseArgs`. */
export const TRIGGER_OPTIONS = {
  event: { type: 'string' },
  branch: { type: 'string' },
  tag: { type: 'string' },
  base: { type: 'string' },
  head: { type: 'string' },
  fork: { type: 'boolean' },
  input: { type: 'string', multiple: true },
} as const;

export type TriggerValues = Readonly<{
  event?: string | undefined;
  branch?: string | undefined;
  tag?: string | undefined;
  base?: string | undefined;
  head?: string | undefined;
  fork?: boolean | undefined;
  input?: readonly string[] | undefined;
}>;

type Event = Trigger['event'];
const EVENTS: readonly Event[] = ['push', 'pull_request', 'tag', 'schedule', 'manual'];

/** Which events an option goes with; the first is meant where no event is named. */
const GOES_WITH: Readonly<Record<Exclude<keyof TriggerValues, 'event'>, readonly Event[]>> = {
  branch: ['push', 'schedule', 'manual'],
  tag: ['tag'],
  base: ['pull_request'],
  head: ['pull_request'],
  fork: ['pull_request'],
  input: ['manual'],
};

const OPTIONS = Object.keys(GOES_WITH) as (keyof typeof GOES_WITH)[];

const eventOf = (values: TriggerValues, otherwise: Event): Event => {
  const given = OPTIONS.filter((name) => values[name] !== undefined);
  if (values.event !== undefined && !EVENTS.includes(values.event as Event))
    throw new WrongUse(`there is no event ${JSON.stringify(values.event)}; there are ${EVENTS.join(', ')}`);
  const special = given.find((name) => name !== 'branch');
  const meant = (special && GOES_WITH[special][0]) ?? otherwise;
  const event = (values.event as Event | undefined) ?? meant;
  for (const name of given)
    if (!GOES_WITH[name].includes(event)) throw new WrongUse(`--${name} does not go with the event ${event}`);
  return event;
};

// eslint-disable-next-line no-control-regex -- git allows no control character in a ref
const NAME = /^(?!-)[^\x00-\x20\x7f~^:?*[\\]{1,300}$/;

const nameOf = (option: string, text: string): string => {
  if (!NAME.test(text)) throw new WrongUse(`--${option} ${JSON.stringify(text)} is no name that git knows`);
  return text;
};

/** `NAME=value` of each `--input`. @throws WrongUse */
export const inputsOf = (given: readonly string[] = []): Record<string, string> =>
  Object.fromEntries(
    given.map((text) => {
      const [, name, value] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
      if (name === undefined || value === undefined)
        throw new WrongUse(`--input ${JSON.stringify(text)}: write --input NAME=value`);
      return [name, value];
    }),
  );

/** Where a user id has no name, as in many containers, the question itself fails. */
const userName = (): string => {
  try {
    return userInfo().username;
  } catch {
    return 'somebody';
  }
};

/**
 * What a delivery, clock or person would set off, as the options have it. Inputs are not looked at. `otherwise`: the event
 * where no option speaks for one. @throws WrongUse
 */
export const triggerOf = (values: TriggerValues, tree: WorkingTree, otherwise: Event): Trigger => {
  const event = eventOf(values, otherwise);
  const common = { event, sha: tree.sha, title: 'the working tree', author: userName() };
  if (event === 'tag') {
    if (values.tag === undefined) throw new WrongUse('the event tag needs --tag <name>');
    const tag = nameOf('tag', values.tag);
    return { ...common, ref: `refs/tags/${tag}`, tag, isDefaultBranch: false };
  }
  if (event === 'pull_request') {
    const base = nameOf('base', values.base ?? tree.defaultBranch);
    const head = nameOf('head', values.head ?? tree.branch);
    const pullRequest = { number: 1, head, base, fork: values.fork === true, title: common.title };
    return { ...common, ref: 'refs/pull/1/head', pullRequest, isDefaultBranch: false };
  }
  const branch = nameOf('branch', values.branch ?? (event === 'schedule' ? tree.defaultBranch : tree.branch));
  return { ...common, ref: `refs/heads/${branch}`, branch, isDefaultBranch: branch === tree.defaultBranch };
};

/** A trigger in words: `push to main`. */
export const triggerInWords = ({ event, branch, tag, pullRequest }: Trigger): string => {
  if (pullRequest)
    return `pull request from ${pullRequest.head}${pullRequest.fork ? ' of a fork' : ''} to ${pullRequest.base}`;
  if (event === 'tag') return `tag ${tag}`;
  return event === 'push' ? `push to ${branch}` : `${event} on ${branch}`;
};
