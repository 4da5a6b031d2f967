import type { Tool } from './recogniser.js';
import { annotation } from './tools/annotation.js';
import { compiler, make } from './tools/compiler.js';
import { docker } from './tools/docker.js';
import { eslint } from './tools/eslint.js';
import { generic } from './tools/generic.js';
import { go } from './tools/go.js';
import { gradle } from './tools/gradle.js';
import { java } from './tools/java.js';
import { jest } from './tools/jest.js';
import { maven } from './tools/maven.js';
import { node } from './tools/node.js';
import { npm } from './tools/npm.js';
import { pytest } from './tools/pytest.js';
import { python } from './tools/python.js';
import { rust } from './tools/rust.js';
import { shell } from './tools/shell.js';
import { typescript } from './tools/typescript.js';
import { vitest } from './tools/vitest.js';

/** In the order in which they are asked: whoever knows a line surest comes first. */
export const TOOLS: readonly Tool[] = [
  ...[annotation, eslint, pytest, jest, vitest, typescript, rust, go, compiler, make],
  ...[maven, gradle, docker, npm, shell, python, java, node, generic],
];
