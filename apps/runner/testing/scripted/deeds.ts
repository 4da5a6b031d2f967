import type { Shortage } from '../../src/executor/index.js';

/** Text, or several one after the other. */
type Some = string | readonly string[];

/**
 * What a step, or a service, does, as data: its keys one after the other, in the order in which they are written. A path is
 * below the workspace, or below HOME when it begins with `~/`. Who runs out of deeds has ended with code 0.
 */
export type Deeds = Readonly<{
  /** Prints a line. */
  say?: Some;
  /** Prints text as it is. */
  print?: Some;
  /** Prints what is in a file; fails with code 1 when it is not there. */
  show?: Some;
  /** Prints variables, each as `NAME=value`. */
  tell?: Some;
  /** Prints the directory it is in. */
  where?: true;
  /** Prints in which image, as whom, and by which shell it runs, as far as the step says so. Only in a scripted place. */
  describe?: true;
  /** Path → content; missing folders are made. */
  write?: Readonly<Record<string, string>>;
  /** Path → what the link says. */
  link?: Readonly<Record<string, string>>;
  /** A second name for a file: path → the file's first one. */
  hardlink?: Readonly<Record<string, string>>;
  folder?: Some;
  /** Files that may be run from now on. */
  executable?: Some;
  /** Lines for `$CAIRN_ENV`, and for `$CAIRN_OUTPUT`. */
  env?: Some;
  output?: Some;
  /** Puts something that is no plain file in the place of `$CAIRN_ENV`. */
  spoil?: 'link' | 'folder';
  /** What SIGTERM leads to from now on: nothing, or these deeds. */
  trap?: 'nothing' | Deeds;
  /** Goes on when there is such a file. */
  await?: string;
  /** Prints for ever, as fast as it is read. */
  flood?: true;
  /** Until it is ended. */
  hang?: true;
  /** Why it ends as it is going to end. Only in a scripted place. */
  shortage?: Shortage;
  exit?: number;
  /** Sends itself a signal. */
  kill?: keyof typeof SIGNALS;
  /** Takes the place down with it. */
  lose?: true;
  /** The engine breaks off, and the step with it. Only in a scripted place. */
  break?: true;
  /** A service that does not become ready: its time is over at once, or never. Only in a scripted place. */
  ail?: 'fails' | 'waits';
  /** More of them. */
  then?: Deeds;
}>;

export type Deed = { [Key in keyof Deeds]-?: readonly [Key, NonNullable<Deeds[Key]>] }[keyof Deeds];

export const SIGNALS = { INT: 2, KILL: 9, TERM: 15 } as const;

/** One after the other. */
export const inOrder = (deeds: Deeds): Deed[] => Object.entries(deeds) as unknown as Deed[];

export const several = (some: Some): readonly string[] => (typeof some === 'string' ? [some] : some);

const MARK = '# deeds: ';

/** A script by which a shell does the deeds; for a scripted place they stand in its first line. */
export const withDeeds = (deeds: Deeds, shell: string): string => `${MARK}${JSON.stringify(deeds)}\n${shell}`;

/** What a script does that was written for a scripted place; undefined for any other. */
export const deedsIn = (script: string): Deeds | undefined => {
  const [line = ''] = script.split('\n', 1);
  return line.startsWith(MARK) ? (JSON.parse(line.slice(MARK.length)) as Deeds) : undefined;
};
