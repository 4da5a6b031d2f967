export { JobSecrets, type KeptSecrets } from './job-secrets.js';
export { FileSecretStore, type SecretStore } from './secret-store.js';
export { SecretsOfJobs } from './secrets-of-jobs.js';
