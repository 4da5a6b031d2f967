export { JobSecrets, type KeptSecrets, type TextMasker } from './job-secrets.js';
export { FileSecretStore, type SecretStore } from './secret-store.js';
export { SecretsOfJobs } from './secrets-of-jobs.js';
