import { IsOptional } from 'class-validator';
import type { Place } from './findings.js';
import type { JobSpec } from './job-spec.js';
import type { OnSpec } from './on-spec.js';
import { HasLength, IsImage, IsNotReserved, IsVariable, MAX_IMAGE } from './rules.js';
import type { Environment } from './step-spec.js';

export const MAX_JOBS = 1_000;
export const MAX_STEPS = 1_000;

/** One variable, as the rules for names see it. */
export class EnvironmentVariable {
  @IsVariable()
  @IsNotReserved()
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
}

/** What `.cairn.yml` describes. `jobs` are in an order in which each comes after what it needs. */
export class Pipeline {
  @IsOptional()
  @HasLength(MAX_IMAGE, 'the name of an image')
  @IsImage()
  readonly image?: string;
  readonly environment: Environment;
  readonly on?: OnSpec;
  readonly jobs: readonly JobSpec[];
  /** What the file asks for, like `job.timeout` or `expression` → where; each at most 20 times. */
  readonly uses: ReadonlyMap<string, readonly Place[]>;

  constructor(values: Pipeline) {
    this.image = values.image;
    this.environment = values.environment;
    this.on = values.on;
    this.jobs = values.jobs;
    this.uses = values.uses;
  }
}
