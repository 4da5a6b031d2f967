import { countExpansions, expansionsOf } from './expansions.js';
import { GlobFaults, type GlobFault } from './fault.js';
import { Globs, type Rule } from './globs.js';
import { LinearGlob } from './linear-glob.js';
import type { Token } from './pattern.js';
import { PatternParser } from './pattern-parser.js';

export const MAX_GLOBS = 200;
/** Characters of one pattern. */
export const MAX_GLOB = 1_024;
/** Patterns that stay when the braces of all are written out. */
export const MAX_EXPANSIONS = 1_000;

export type CompiledGlobs =
  Readonly<{ ok: true; globs: Globs }> | Readonly<{ ok: false; faults: readonly GlobFault[] }>;

/** Why a pattern without braces can match no path and no name of a branch or tag; undefined: it can. */
const neverMatches = (tokens: readonly Token[]): string | undefined => {
  const segments = tokens
    .map((token) => (token.kind === 'char' ? token.char : '*'))
    .join('')
    .split('/');
  if (tokens.length === 0) return 'a pattern is not empty; to match everything, write `**`';
  if (segments[0] === '') return 'paths begin at the root of the repository, without a `/`; leave it out';
  if (segments.at(-1) === '') return 'no path ends with a `/`; for all that is in a folder, write `/**` at the end';
  if (segments.includes('')) return 'no path has two `/` in a row; leave one out';
  if (segments.includes('.') || segments.includes('..'))
    return 'paths have no `.` or `..` between slashes; write them from the root of the repository';
  return undefined;
};

/**
 * Compiles a list of patterns, of which each may be followed by others that change what it says. Never throws; everything
 * that is wrong is said at once (the first 20).
 */
export const compileGlobs = (patterns: readonly string[]): CompiledGlobs => {
  const faults = new GlobFaults();
  const rules: Rule[] = [];
  let expansions = 0;
  for (const [index, pattern] of patterns.entries()) {
    faults.pattern = index;
    if (index >= MAX_GLOBS) faults.add(0, 0, 'TOO_MANY', `there are at most ${MAX_GLOBS} patterns in a list`);
    if (index >= MAX_GLOBS || faults.full) break;
    const rule = ruleOf(pattern, MAX_EXPANSIONS - expansions, faults);
    expansions += rule.globs.length;
    rules.push(rule);
  }
  return faults.found.length > 0 ? { ok: false, faults: faults.found } : { ok: true, globs: new Globs(rules) };
};

const ruleOf = (pattern: string, allowed: number, faults: GlobFaults): Rule => {
  const excludes = pattern.startsWith('!');
  const nothing = { excludes, globs: [] };
  if (pattern.length > MAX_GLOB) {
    faults.add(0, MAX_GLOB, 'TOO_LONG', `a pattern has at most ${MAX_GLOB} characters`);
    return nothing;
  }
  const before = faults.found.length;
  const nodes = new PatternParser(pattern, excludes ? 1 : 0, faults).run();
  if (faults.found.length > before) return nothing;
  if (countExpansions(nodes, allowed) > allowed) {
    const message = `the braces of a list stand for at most ${MAX_EXPANSIONS} patterns in all; use \`*\``;
    faults.add(0, pattern.length, 'TOO_MANY', message);
    return nothing;
  }
  const expanded = expansionsOf(nodes);
  const problem = expanded.map(neverMatches).find((found) => found !== undefined);
  if (problem !== undefined) faults.add(0, pattern.length, 'NEVER_MATCHES', problem);
  return { excludes, globs: expanded.map((tokens) => new LinearGlob(tokens)) };
};
