import { readFileSync } from 'node:fs';
import { parse } from 'dotenv';
import type { Environment } from './load-config.js';

export type ReadEnvironment = Readonly<{ environment: Environment; namesInFile: readonly string[] }>;

/** The process's environment, and below it what a file such as `.env` says; no such file is as good as an empty one. */
export const readEnvironment = (file: string, environment: Environment = process.env): ReadEnvironment => {
  let text = '';
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (!(typeof error === 'object' && error !== null && 'code' in error && error.code === 'ENOENT')) throw error;
  }
  const inFile = parse(text);
  return { environment: { ...inFile, ...environment }, namesInFile: Object.keys(inFile) };
};
