import { IsOptional } from 'class-validator';
import type { Place } from './findings.js';
import { HasLength, IsDirectory, IsImage, IsShell, IsStepName, IsUser, MAX_IMAGE } from './rules.js';
import type { WhenSpec } from './when.js';

/** Values are the text of the file, character for character: `3.10` stays `3.10`. They may hold expressions. */
export type Environment = ReadonlyMap<string, string>;

const MAX_STEP_NAME = 200;
const MAX_TEXT = 1_000;

/** One shell: the commands of `run` in order, until one fails. */
export class StepSpec {
  @IsOptional()
  @HasLength(MAX_STEP_NAME, 'the name of a step')
  @IsStepName()
  readonly name?: string;
  readonly run: readonly string[];
  @IsOptional()
  @HasLength(MAX_IMAGE, 'the name of an image')
  @IsImage()
  readonly image?: string;
  readonly environment: Environment;
  readonly secrets: readonly string[];
  @IsOptional()
  @HasLength(MAX_TEXT, '`shell`')
  @IsShell()
  readonly shell?: string;
  @IsOptional()
  @HasLength(MAX_TEXT, '`working_directory`')
  @IsDirectory()
  readonly workingDirectory?: string;
  @IsOptional()
  @IsUser()
  readonly user?: string;
  readonly timeoutMs?: number;
  readonly retries?: number;
  readonly allowFailure?: true;
  readonly when?: WhenSpec;
  /** Where it stands. */
  readonly place?: Place;

  constructor(values: Partial<StepSpec> & Pick<StepSpec, 'run'>) {
    this.name = values.name;
    this.run = values.run;
    this.image = values.image;
    this.environment = values.environment ?? new Map();
    this.secrets = values.secrets ?? [];
    this.shell = values.shell;
    this.workingDirectory = values.workingDirectory;
    this.user = values.user;
    this.timeoutMs = values.timeoutMs;
    this.retries = values.retries;
    this.allowFailure = values.allowFailure;
    this.when = values.when;
    this.place = values.place;
  }
}
