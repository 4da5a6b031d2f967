import type { jest as Jest } from '@jest/globals';

/**
 * `openapi-backend` is CommonJS and requires an ES module, which Node does since 20.19, but Jest's own loader not before
 * Node 24.9. That module reads descriptions from files and URLs; ours is in memory already, so Jest gets one that does
 * nothing. Outside Jest it is loaded as it is.
 */
const { jest } = import.meta as ImportMeta & { jest?: typeof Jest };
const asGiven = (description: unknown): Promise<unknown> => Promise.resolve(description);
jest?.mock('@apidevtools/json-schema-ref-parser', () => ({ parse: asGiven, resolve: asGiven, dereference: asGiven }));

export const { OpenAPIBackend } = await import('openapi-backend');
