export { parseSpec, type ParsedSpec } from './parse-spec.js';
export { didYouMean } from './wording.js';
export { planPipeline } from './plan-pipeline.js';
export { JobSpec, MAX_JOBS, MAX_STEPS, Pipeline, StepSpec, type Environment } from './pipeline.js';
export { MAX_BYTES as MAX_SPEC_BYTES } from './yaml-document.js';
