export { compileGlobs, MAX_EXPANSIONS, MAX_GLOB, MAX_GLOBS, type CompiledGlobs } from './compile-globs.js';
export type { GlobFault, GlobFaultCode } from './fault.js';
export type { Decision, Globs } from './globs.js';
export { matchPaths, type PathsDecision } from './match-paths.js';
