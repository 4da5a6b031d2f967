import { statfs } from 'node:fs/promises';

/** How much of a path's disk is free for who is not root, in percent; undefined when the path cannot be seen from here. */
export type FreePercent = (path: string) => Promise<number | undefined>;

export const freePercent: FreePercent = async (path) => {
  try {
    const { blocks, bfree, bavail } = await statfs(path);
    const usable = blocks - bfree + bavail;
    return usable === 0 ? undefined : (bavail / usable) * 100;
  } catch {
    return undefined;
  }
};

/** Watches the disks that jobs fill: a runner that has too little room takes none. */
export class DiskSpace {
  constructor(
    private readonly minimumPercent: number,
    /** Where the runner keeps its data, and the engine its images and volumes, as far as they are on this machine. */
    private readonly paths: () => Promise<readonly string[]>,
    private readonly free: FreePercent = freePercent,
  ) {}

  /** Why there is too little room, in one line for people. */
  async shortage(): Promise<string | undefined> {
    for (const path of await this.paths()) {
      const percent = await this.free(path);
      if (percent !== undefined && percent < this.minimumPercent)
        return `${Math.floor(percent)} % of the disk of ${path} are free, jobs are taken from ${this.minimumPercent} % on`;
    }
    return undefined;
  }
}
