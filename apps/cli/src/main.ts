#!/usr/bin/env node
import { readEnvironment } from '#config';
import { runCli } from './cli.js';

process.exitCode = await runCli(process.argv.slice(2), {
  directory: process.cwd(),
  environment: readEnvironment('.env').environment,
  input: process.stdin,
  output: {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    isTerminal: process.stdout.isTTY,
  },
});
