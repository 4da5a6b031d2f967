import { isJobName } from '#events';
import { ArrayMaxSize, IsOptional, Matches, MaxLength, ValidateBy } from 'class-validator';
import { shown } from './wording.js';

/** Values are the text of the file, character for character: `3.10` stays `3.10`. */
export type Environment = ReadonlyMap<string, string>;

export const MAX_JOBS = 1_000;
export const MAX_STEPS = 1_000;
const MAX_STEP_NAME = 200;
const MAX_IMAGE = 500;

const IsImage = (): PropertyDecorator =>
  Matches(/^[A-Za-z0-9][A-Za-z0-9._:/@-]*$/, {
    message: ({ value }) => `${shown(String(value))} is not the name of an image; write it like \`node:22\``,
  });

const IsJobName = (): PropertyDecorator =>
  ValidateBy({
    name: 'isJobName',
    validator: {
      validate: (value: unknown) => typeof value === 'string' && isJobName(value),
      defaultMessage: (args) =>
        `${shown(String(args?.value))} cannot be the name of a job: a name begins with a letter or \`_\` and has at most 63 letters, digits, \`_\` and \`-\``,
    },
  });

/** One variable, as the rules for names see it. */
export class EnvironmentVariable {
  @Matches(/^[A-Za-z_][A-Za-z0-9_]*$/, {
    message: ({ value }) =>
      `${shown(String(value))} cannot be the name of a variable: a name has letters, digits and \`_\`, and does not begin with a digit`,
  })
  @Matches(/^(?!CAIRN_)/, {
    message: ({ value }) =>
      `${shown(String(value))} cannot be set: names that begin with \`CAIRN_\` are set by Cairn itself`,
  })
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
}

/** One shell: the commands of `run` in order, until one fails. */
export class StepSpec {
  @IsOptional()
  @MaxLength(MAX_STEP_NAME, { message: `the name of a step has at most ${MAX_STEP_NAME} characters` })
  @Matches(/^\P{Cc}+$/u, { message: 'the name of a step is one line of text' })
  readonly name?: string;
  readonly run: readonly string[];
  readonly environment: Environment;

  constructor(values: StepSpec) {
    if (values.name !== undefined) this.name = values.name;
    this.run = values.run;
    this.environment = values.environment;
  }
}

/** A job as written: what it inherits from the pipeline is not in it. */
export class JobSpec {
  @IsJobName()
  readonly name: string;
  @IsOptional()
  @MaxLength(MAX_IMAGE, { message: `the name of an image has at most ${MAX_IMAGE} characters` })
  @IsImage()
  readonly image?: string;
  readonly environment: Environment;
  /** Names of jobs of the same pipeline, each once. */
  readonly needs: readonly string[];
  @ArrayMaxSize(MAX_STEPS, { message: `a job has at most ${MAX_STEPS} steps` })
  readonly steps: readonly StepSpec[];

  constructor(values: JobSpec) {
    this.name = values.name;
    if (values.image !== undefined) this.image = values.image;
    this.environment = values.environment;
    this.needs = values.needs;
    this.steps = values.steps;
  }
}

/** What `.cairn.yml` describes. `jobs` are in an order in which each comes after what it needs. */
export class Pipeline {
  @IsOptional()
  @MaxLength(MAX_IMAGE, { message: `the name of an image has at most ${MAX_IMAGE} characters` })
  @IsImage()
  readonly image?: string;
  readonly environment: Environment;
  readonly jobs: readonly JobSpec[];

  constructor(values: Pipeline) {
    if (values.image !== undefined) this.image = values.image;
    this.environment = values.environment;
    this.jobs = values.jobs;
  }
}
