import { marksOf, type Mark } from './group-marks.js';

/**
 * Lines of a step that belong together: from the line with the title to the last one, both included; `to` and `endedAt` are
 * null while it is open. Times are in milliseconds, those of the lines or, with GitLab's sections, those that the marks
 * carry. `depth`: in how many others it is. `collapsed`: who printed it wants to see its title only.
 */
export type Group = Readonly<{
  kind: 'group' | 'section' | 'part' | 'command';
  title: string;
  depth: number;
  collapsed: boolean;
  from: number;
  to: number | null;
  startedAt: number;
  endedAt: number | null;
}>;
type Open = { -readonly [Key in keyof Group]: Group[Key] } & { name?: string };

export const DEEPEST_GROUP = 16;
export const MOST_GROUPS = 2000;

/**
 * Finds the groups in the lines of one step, told in order: GitHub's, GitLab's, Buildkite's, and each command that is
 * printed. What is not closed ends with what it is in, at the latest with the step. Depth and number are bounded: what
 * goes beyond is in the group around it.
 */
export class GroupFinder {
  private readonly all: Open[] = [];
  private readonly stack: Open[] = [];
  private last = { n: 0, t: 0 };

  /** Returns the group that begins with this line, if one does. */
  add(n: number, t: number, line: string): Group | undefined {
    let begun: Group | undefined;
    for (const mark of marksOf(line)) begun = this.take(mark, n, t) ?? begun;
    this.last = { n, t };
    return begun;
  }

  /** The step has ended, at its last line or at a time that is known. */
  end(at: number = this.last.t): void {
    this.closeTo(0, this.last.n, at);
  }

  /** In the order in which they begin. */
  groups(): readonly Group[] {
    return this.all;
  }

  private take(mark: Mark, n: number, t: number): Group | undefined {
    switch (mark.kind) {
      case 'command':
        this.closeFrom(this.innermost(['command']), n - 1, t);
        return this.open(mark, n, t);
      case 'part':
        this.closeFrom(this.innermost(['part', 'command']), n - 1, t);
        return this.open(mark, n, t);
      case 'group':
        this.closeFrom(this.innermost(['command']), n - 1, t);
        return this.open(mark, n, t);
      case 'section':
        this.closeFrom(this.innermost(['command']), n - 1, mark.at);
        return this.open(mark, n, mark.at, mark.name);
      case 'end-group':
        this.closeFrom(
          this.stack.findLastIndex(({ kind }) => kind === 'group'),
          n,
          t,
        );
        return undefined;
      case 'end-section':
        this.closeFrom(
          this.stack.findLastIndex(({ name }) => name === mark.name),
          n,
          mark.at,
        );
        return undefined;
      case 'open-part': {
        const part = this.stack.findLast(({ kind }) => kind === 'part');
        if (part) part.collapsed = false;
        return undefined;
      }
      default:
        mark satisfies never;
        return undefined;
    }
  }

  /** Where those at the top of the stack begin that are of these kinds: a new one of the kind takes their place. */
  private innermost(kinds: readonly Group['kind'][]): number {
    let at = this.stack.length;
    while (at > 0 && kinds.includes(this.stack[at - 1]?.kind ?? 'group')) at -= 1;
    return at;
  }

  private open(
    { kind, title, collapsed }: Pick<Group, 'kind' | 'title' | 'collapsed'>,
    n: number,
    at: number,
    name?: string,
  ): Group | undefined {
    if (this.stack.length >= DEEPEST_GROUP || this.all.length >= MOST_GROUPS) return undefined;
    const begun = { kind, title, collapsed, depth: this.stack.length, from: n, to: null, startedAt: at, endedAt: null };
    const group: Open = name === undefined ? begun : { ...begun, name };
    this.all.push(group);
    this.stack.push(group);
    return group;
  }

  private closeFrom(index: number, to: number, at: number): void {
    if (index >= 0) this.closeTo(index, to, at);
  }

  private closeTo(depth: number, to: number, at: number): void {
    for (const group of this.stack.splice(depth)) {
      group.to = Math.max(group.from, to);
      group.endedAt = Math.max(group.startedAt, at);
    }
  }
}
