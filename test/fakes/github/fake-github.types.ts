import type { IncomingMessage, ServerResponse } from 'node:http';
import type { LfsStorage } from './lfs-storage.js';

/** `dir` is a git directory (bare, or the `.git` of a working copy). A private one needs the token. */
export type FakeRepo = Readonly<{ id: number; name: string; defaultBranch: string; dir: string; private?: boolean }>;

export type FakeStatus = Readonly<{
  id: number;
  repo: string;
  sha: string;
  context: string;
  state: string;
  description: string | null;
  target_url: string | null;
  created_at: string;
}>;

/** As sent in, with what GitHub adds. */
export type FakeCheckRun = Readonly<{ id: number; repo: string; head_sha: string; name: string; status: string }> &
  Readonly<Record<string, unknown>>;

export type FakeRequest = Readonly<{ method: string; url: string; authorization: string | undefined }>;

/** All of it may be read and changed by tests. */
export type FakeGitHubState = {
  /** By `owner/name`. */
  readonly repos: Map<string, FakeRepo>;
  /** By sha, in the order in which they were created. */
  readonly statuses: Map<string, FakeStatus[]>;
  readonly checkRuns: Map<number, FakeCheckRun>;
  readonly requests: FakeRequest[];
  /** Requests and answers that GitHub's description does not allow: a test asserts that there are none. */
  readonly violations: string[];
  /** What `Authorization` must carry; undefined: anything is accepted. */
  token: string | undefined;
  /** Where the files of Git LFS are; undefined: there are none. */
  lfs: LfsStorage | undefined;
  /** From now on whoever fetches waits in vain; `heldGit`: how many do. */
  holdsGit: boolean;
  heldGit: number;
};

/** Answers in the place of GitHub, or does not. */
export type Fault = (request: IncomingMessage, response: ServerResponse) => void;
