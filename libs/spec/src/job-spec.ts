import type { CacheTemplate, CloneTemplate, NotifyTemplate, Resources } from '#events';
import { IsOptional } from 'class-validator';
import type { Place } from './findings.js';
import type { MatrixSpec } from './matrix.js';
import {
  HasLength,
  IsGroup,
  IsImage,
  IsJobName,
  IsNotified,
  IsPool,
  IsSecretName,
  IsServiceName,
  MAX_IMAGE,
} from './rules.js';
import type { Environment, StepSpec } from './step-spec.js';
import type { WhenSpec } from './when.js';

/** A container beside the job's. */
export class ServiceSpec {
  @IsServiceName()
  readonly name: string;
  @HasLength(MAX_IMAGE, 'the name of an image')
  @IsImage()
  readonly image: string;
  readonly environment: Environment;
  readonly command?: readonly string[];
  readonly privileged?: true;

  constructor(values: ServiceSpec) {
    this.name = values.name;
    this.image = values.image;
    this.environment = values.environment;
    this.command = values.command;
    this.privileged = values.privileged;
  }
}

/** One job at a time in the repository holds the group. */
export class ConcurrencySpec {
  @IsGroup()
  readonly group: string;
  readonly cancel: boolean;

  constructor(group: string, cancel: boolean) {
    this.group = group;
    this.cancel = cancel;
  }
}

/** A secret, as the rules for names see it. */
export class SecretName {
  @IsSecretName()
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
}

/** Who is told of the end of a job, and of which. */
export class NotifySpec implements NotifyTemplate {
  @IsNotified()
  readonly to: string;
  readonly on: NotifyTemplate['on'];

  constructor(to: string, on: NotifyTemplate['on']) {
    this.to = to;
    this.on = on;
  }
}

/** A job as written: what it inherits from the pipeline is not in it. */
export class JobSpec {
  @IsJobName()
  readonly name: string;
  @IsOptional()
  @HasLength(MAX_IMAGE, 'the name of an image')
  @IsImage()
  readonly image?: string;
  readonly environment: Environment;
  /** Names of jobs of the same pipeline, each once. */
  readonly needs: readonly string[];
  /** Those of `needs` that may also have been skipped. */
  readonly optionalNeeds: readonly string[];
  readonly matrix?: MatrixSpec;
  readonly when?: WhenSpec;
  readonly services: readonly ServiceSpec[];
  /** Of all its steps. */
  readonly secrets: readonly string[];
  readonly timeoutMs?: number;
  readonly commandRetries?: number;
  readonly infrastructureRetries?: number;
  readonly allowFailure?: true;
  @IsOptional()
  @IsPool()
  readonly runsOn?: string;
  readonly resources?: Resources;
  readonly concurrency?: ConcurrencySpec;
  readonly approval?: true;
  readonly cache: readonly CacheTemplate[];
  readonly artifacts: readonly string[];
  readonly artifactsFrom?: readonly string[];
  readonly reports?: Readonly<{ junit: readonly string[] }>;
  readonly clone?: CloneTemplate;
  readonly notify: readonly NotifySpec[];
  readonly steps: readonly StepSpec[];
  /** Key → where its value stands; `name`: where the job begins. */
  readonly places: ReadonlyMap<string, Place>;

  constructor(values: Partial<JobSpec> & Pick<JobSpec, 'name' | 'steps'>) {
    this.name = values.name;
    this.image = values.image;
    this.environment = values.environment ?? new Map();
    this.needs = values.needs ?? [];
    this.optionalNeeds = values.optionalNeeds ?? [];
    this.matrix = values.matrix;
    this.when = values.when;
    this.services = values.services ?? [];
    this.secrets = values.secrets ?? [];
    this.timeoutMs = values.timeoutMs;
    this.commandRetries = values.commandRetries;
    this.infrastructureRetries = values.infrastructureRetries;
    this.allowFailure = values.allowFailure;
    this.runsOn = values.runsOn;
    this.resources = values.resources;
    this.concurrency = values.concurrency;
    this.approval = values.approval;
    this.cache = values.cache ?? [];
    this.artifacts = values.artifacts ?? [];
    this.artifactsFrom = values.artifactsFrom;
    this.reports = values.reports;
    this.clone = values.clone;
    this.notify = values.notify ?? [];
    this.steps = values.steps;
    this.places = values.places ?? new Map();
  }
}
