import 'reflect-metadata';
import { loadConfig, runService } from '#config';
import { RunnerConfig } from './runner.config.js';
import { startRunner } from './start-runner.js';

await runService('runner', () => startRunner(loadConfig(RunnerConfig)));
