import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { parse } from 'yaml';
import type { BuildStatus, JobStatus } from '#domain';
import type { SecretEvent } from '#secrets';
import type { Deeds } from '../../../apps/runner/testing/scripted/index.js';
import { RUN_SCENARIOS } from './run-scenario.schema.js';

/** What a command, a service, or the making of a place does, where it fits: of several that fit the last counts. */
export type Rule = Deeds &
  Readonly<{
    /** The command as the spec has it, or a service's name. Without both: every command. */
    run?: string;
    service?: string;
    /** The engine cannot make the place. */
    create?: 'engine-away';
    /** A job's name; of a matrix it stands for every cell. */
    job?: string;
    attempt?: number;
    /** Of a step that is tried several times, from 1. */
    try?: number;
  }>;

/** Something that happens meanwhile, once, as soon as all that `when` says is so and the acts before it are done. */
export type Act = Readonly<{
  /** `job`: with its cell, as in `test node=20`; without it the build. `says`: its log has these words in it. */
  when: Readonly<{ build?: 1 | 2; job?: string; is?: BuildStatus & JobStatus; says?: string }>;
  cancel?: true;
  /** Files of a further commit on the same branch or pull request. */
  push?: Readonly<Record<string, string>>;
  rerun?: true;
  /** A job's name, or `build` for the whole. */
  approve?: string;
  /** A file that comes to be in the workspace of the job named in `in`. */
  put?: string;
  in?: string;
  /** The build that it is done to; without it the one that `when` looks at. */
  of?: 1 | 2;
}>;

/** A string is the status alone. */
export type ExpectedJob =
  | JobStatus
  | Readonly<{
      is: JobStatus;
      /** Words of the reason that people are told. */
      reason?: string;
      failure?: 'step' | 'timeout' | 'setup' | 'infrastructure' | 'none';
      attempt?: number;
      /** Each attempt before: how it ended, and perhaps words of its reason. */
      earlier?: readonly string[];
      /** Status of each step but the preparation, with its exit code where that is not 0. */
      steps?: readonly string[];
      prepare?: string;
      /** By step: all its lines, or words of it. 0 is the preparation. */
      log?: Readonly<Record<string, string | readonly string[]>>;
      outputs?: Readonly<Record<string, string>>;
      artifacts?: number;
      tests?: Readonly<Record<string, number>>;
    }>;

export type ExpectedBuild = Readonly<{
  build: BuildStatus;
  reason?: string;
  jobs: Readonly<Record<string, ExpectedJob>>;
  /** The most jobs that ran at once. */
  together?: number;
  /** In which order jobs began. */
  order?: readonly string[];
}>;

/**
 * One case of `test/scenarios/run/*.yml`: a spec, what sets it off, what its commands do, and what comes of it, as a user
 * would expect it by `docs/spec.md`. `trigger` as in `test/scenarios/spec`. `docker`: runs with the docker executor too, its
 * commands doing the same by a shell.
 */
export type RunScenario = Readonly<{
  case: string;
  spec: string;
  trigger?: string;
  inputs?: Readonly<Record<string, string>>;
  /** Further files of the commit. */
  files?: Readonly<Record<string, string>>;
  secrets?: readonly Readonly<{ name: string; value: string; events?: readonly SecretEvent[] }>[];
  docker?: true;
  does?: readonly Rule[];
  acts?: readonly Act[];
  /** Why no build begins. */
  ignored?: string;
  ends?: ExpectedBuild;
  /** The build that an act has led to. */
  second?: ExpectedBuild;
}>;

const FOLDER = join(import.meta.dirname, '../run');
const validate = new Ajv({ allErrors: true }).compile(RUN_SCENARIOS);

/** @throws Error with every fault of the file */
export const readRunScenarios = (text: string, file: string): readonly RunScenario[] => {
  const cases: unknown = parse(text);
  if (validate(cases)) return cases as readonly RunScenario[];
  const faults = (validate.errors ?? []).map(
    ({ instancePath, message, params }) => `${file}${instancePath} ${message} ${JSON.stringify(params)}`,
  );
  throw new Error(faults.join('\n'));
};

/** Theme → its cases. @throws Error when one is not of the form that the schema asks for */
export const runScenarios = (): ReadonlyMap<string, readonly RunScenario[]> =>
  new Map(
    readdirSync(FOLDER)
      .sort()
      .map((file) => [file.replace(/\.yml$/, ''), readRunScenarios(readFileSync(join(FOLDER, file), 'utf8'), file)]),
  );
