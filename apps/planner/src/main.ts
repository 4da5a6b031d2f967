import 'reflect-metadata';
import { loadConfig, runService } from '#config';
import { PlannerConfig } from './planner.config.js';
import { startPlanner } from './start-planner.js';

await runService('planner', () => startPlanner(loadConfig(PlannerConfig)));
