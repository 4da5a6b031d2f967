export { changeSecrets, readSecrets, storeSecret } from './secrets-file.js';
export { bindingOf, isBound, secretsFor, type SecretSeeker } from './secrets-for.js';
export {
  DEFAULT_EVENTS,
  LONGEST_SECRET,
  SECRET_EVENTS,
  SHORTEST_SECRET,
  isSameSecret,
  secretFault,
  type SecretEvent,
  type StoredSecret,
} from './stored-secret.js';
