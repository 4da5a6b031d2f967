import {
  ArtifactUnavailable,
  ForkRefused,
  ImageUnavailable,
  LargeFileUnavailable,
  NotOnHost,
  PrivilegeRefused,
  RefusedEntry,
  SecretUnavailable,
  SecretsUnusable,
  ServiceUnavailable,
  SubmoduleRefused,
  UnusableExpression,
  UnusableStep,
  messageOf,
} from '#errors';
import type { Failure } from '#events';

/** With these another attempt would end as the first. */
const FINAL = [
  ...[
    ArtifactUnavailable,
    ForkRefused,
    ImageUnavailable,
    LargeFileUnavailable,
    NotOnHost,
    PrivilegeRefused,
    RefusedEntry,
  ],
  ...[SecretUnavailable, SecretsUnusable, ServiceUnavailable, SubmoduleRefused, UnusableStep, UnusableExpression],
];

/** Why a job could not be begun, and whether another attempt may help. */
export const preparationFailure = (error: unknown): Failure => {
  const isFinal = FINAL.some((type) => error instanceof type);
  return { kind: isFinal ? 'setup' : 'infrastructure', message: messageOf(error) };
};
