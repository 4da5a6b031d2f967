export { EmbeddedDatabase, removeDatabase, type SqlValue } from './embedded-database.js';
