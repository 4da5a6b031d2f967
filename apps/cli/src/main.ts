#!/usr/bin/env node
import { readEnvironment } from '#config';
import { runCli } from './cli.js';

process.exitCode = await runCli(process.argv.slice(2), readEnvironment('.env').environment, {
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
});
