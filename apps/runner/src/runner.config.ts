import { availableParallelism, totalmem } from 'node:os';
import { Type } from 'class-transformer';
import { IsIn, IsInt, IsNumber, IsOptional, IsString, Matches, Max, Min } from 'class-validator';
import { Lease, PageLinkConfig, WithBlobStore } from '#config';
import { LEASE_MS } from '#events';
import type { FileTools } from './files/job-files.js';

const GIB = 1024 ** 3;

const Bytes = (): PropertyDecorator => (target, name) => {
  Type(() => Number)(target, name as string);
  IsInt({ message: 'must be a whole number of bytes' })(target, name as string);
  Min(1)(target, name as string);
};

export class RunnerConfig extends WithBlobStore(PageLinkConfig) {
  @Matches(/^\//, { message: 'must be an absolute path' })
  readonly CAIRN_DATA_DIR: string = '/var/lib/cairn';

  @IsIn(['auto', 'docker', 'host'], { message: 'must be auto, docker or host' })
  readonly CAIRN_EXECUTOR: 'auto' | 'docker' | 'host' = 'auto';

  /** Jobs at a time. */
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(256)
  readonly CAIRN_RUNNER_SLOTS: number = availableParallelism();

  /** The pools whose jobs this runner takes, with commas. */
  @Matches(/^[A-Za-z0-9][A-Za-z0-9_-]{0,62}(\s*,\s*[A-Za-z0-9][A-Za-z0-9_-]{0,62})*$/, {
    message: 'must be names of pools, with commas',
  })
  readonly CAIRN_RUNNER_POOLS: string = 'default';

  /** Percent of its disks that must be free for a runner to take jobs; 0: it does not look. */
  @Type(() => Number)
  @IsInt()
  @Min(0)
  @Max(90)
  readonly CAIRN_DISK_MINIMUM: number = 10;

  /** Seconds between the signal that asks a step to end and the one that makes it. */
  @Type(() => Number)
  @IsInt()
  @Min(0)
  @Max(3600)
  readonly CAIRN_CANCEL_GRACE: number = 10;

  /** Seconds that all clean-up steps of a job together may take after it was cancelled or took too long. */
  @Type(() => Number)
  @IsInt()
  @Min(0)
  @Max(3600)
  readonly CAIRN_CLEAN_UP_LIMIT: number = 60;

  /** Seconds that a job may take here, whatever its spec says. */
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(7 * 86_400)
  readonly CAIRN_TIMEOUT_LIMIT: number = 86_400;

  /** `leave`: jobs in containers run on when the runner is told to stop, for its next process to take over. */
  @IsIn(['hand-back', 'leave'], { message: 'must be hand-back or leave' })
  readonly CAIRN_ON_STOP: 'hand-back' | 'leave' = 'hand-back';

  /** Seconds that running jobs are given to end when the runner is told to stop; then they are handed back. */
  @Type(() => Number)
  @IsInt()
  @Min(0)
  @Max(86_400)
  readonly CAIRN_STOP_GRACE: number = 5;

  /** The secrets of this runner; unset: `secrets.json` in the data directory. */
  @IsOptional()
  @Matches(/^\//, { message: 'must be an absolute path' })
  readonly CAIRN_SECRETS_FILE: string | undefined = undefined;

  @Lease()
  readonly CAIRN_LEASE: number = LEASE_MS / 1000;

  /** The largest file that is kept as an artifact, in bytes. */
  @Bytes()
  readonly CAIRN_ARTIFACT_LIMIT: number = 2 * GIB;

  /** Bytes of all artifacts of a job. */
  @Bytes()
  readonly CAIRN_ARTIFACTS_LIMIT: number = 5 * GIB;

  /** How many artifacts a job may leave behind. */
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(100_000)
  readonly CAIRN_ARTIFACTS_COUNT: number = 2_000;

  /** The largest cache that is saved, in bytes, as it is stored. */
  @Bytes()
  readonly CAIRN_CACHE_LIMIT: number = 2 * GIB;

  /** Bytes of all caches of a repository: those that were not used for longest make room. */
  @Bytes()
  readonly CAIRN_CACHES_REPO_LIMIT: number = 5 * GIB;

  /** Bytes of all caches. */
  @Bytes()
  readonly CAIRN_CACHES_LIMIT: number = 16 * GIB;

  /** Bytes of images that this runner has pulled: those that were not used for longest make room. */
  @Bytes()
  readonly CAIRN_IMAGES_LIMIT: number = 50 * GIB;

  /** Bytes of mirrors of repositories: those that served no job for longest make room. */
  @Bytes()
  readonly CAIRN_MIRRORS_LIMIT: number = 20 * GIB;

  /** Bytes of files of Git LFS that are kept beside the mirrors; no commit may have more. */
  @Bytes()
  readonly CAIRN_LFS_LIMIT: number = 10 * GIB;

  /** The image of jobs that name none. */
  @IsOptional()
  @IsString()
  readonly CAIRN_DEFAULT_IMAGE: string | undefined = undefined;

  /** How much of the processors, and of the memory, no job gets more of, whatever its spec says. */
  @Type(() => Number)
  @IsNumber()
  @Min(0.01)
  readonly CAIRN_JOB_CPUS_LIMIT: number = availableParallelism();

  @Type(() => Number)
  @IsInt()
  @Min(64 * 1024 * 1024)
  readonly CAIRN_JOB_MEMORY_LIMIT_BYTES: number = totalmem();

  /** Networks of which those of jobs with services are cut. */
  @Matches(/^\d{1,3}(\.\d{1,3}){3}\/\d{1,2}(\s*,\s*\d{1,3}(\.\d{1,3}){3}\/\d{1,2})*$/, {
    message: 'must be IPv4 networks like 10.1.0.0/16, with commas',
  })
  readonly CAIRN_DOCKER_SUBNETS: string = '10.212.0.0/16';

  /** Seconds that the services of a job may take until they are ready. */
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(3600)
  readonly CAIRN_SERVICE_LIMIT: number = 120;

  /** The repositories whose services may be privileged. */
  @Matches(/^$|^[A-Za-z0-9_.-]+\/([A-Za-z0-9_.-]+|\*)(\s*,\s*[A-Za-z0-9_.-]+\/([A-Za-z0-9_.-]+|\*))*$/, {
    message: 'must be a list of owner/name or owner/*, with commas',
  })
  readonly CAIRN_PRIVILEGED_REPOS: string = '';

  @IsIn(['always', 'missing', 'never'], { message: 'must be always, missing or never' })
  readonly CAIRN_PULL: 'always' | 'missing' | 'never' = 'missing';

  /** Logins for registries, in the format of Docker's `config.json`. */
  @IsOptional()
  @Matches(/^\//, { message: 'must be an absolute path' })
  readonly CAIRN_REGISTRY_AUTH_FILE: string | undefined = undefined;

  /** Containers that wait for jobs, for the images that jobs have used of late. */
  @Type(() => Number)
  @IsInt()
  @Min(0)
  @Max(64)
  readonly CAIRN_DOCKER_AHEAD: number = 2;

  @Matches(/^(unix:\/\/\/.+|tcp:\/\/.+|http:\/\/.+)$/, { message: 'must be unix:///path or tcp://host:port' })
  readonly DOCKER_HOST: string = 'unix:///var/run/docker.sock';

  /** The one repository whose jobs may run on the host when there is no engine and `CAIRN_EXECUTOR` is `auto`. */
  @IsOptional()
  @Matches(/^[A-Za-z0-9_.-]+\/[A-Za-z0-9_.-]+$/, { message: 'must be owner/name' })
  readonly CAIRN_SAMPLE_REPO: string | undefined = undefined;
}

/** The limits of what jobs leave behind. */
export const fileLimits = (config: RunnerConfig): FileTools['limits'] => ({
  artifacts: {
    fileBytes: config.CAIRN_ARTIFACT_LIMIT,
    jobBytes: config.CAIRN_ARTIFACTS_LIMIT,
    files: config.CAIRN_ARTIFACTS_COUNT,
  },
  caches: {
    cacheBytes: config.CAIRN_CACHE_LIMIT,
    repoBytes: config.CAIRN_CACHES_REPO_LIMIT,
    allBytes: config.CAIRN_CACHES_LIMIT,
  },
});
