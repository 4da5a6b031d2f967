export { chooseExecutor, type ExecutorChoice, type ExecutorSetting } from './executor-choice.js';
export { parseDockerHost, pingDocker, type DockerAddress } from './docker-address.js';
export type { ContainerLimits } from './docker-container.js';
export { DockerExecutor, type DockerExecutorSettings } from './docker-executor.js';
export type {
  Exchange,
  Executor,
  Sandbox,
  SandboxSpec,
  SandboxWish,
  ServiceExit,
  ServiceRun,
  Shortage,
  StepCommand,
  StepExit,
  StepProcess,
  StopPhase,
  TreeEntry,
  TreePath,
} from './executor.js';
export { HostExecutor, type HostExecutorSettings } from './host-executor.js';
export * from './docker-root.js';
export { packed, unpacked } from './tar-entries.js';
export { newSlot } from './new-slot.js';
export { parseSubnets } from './subnets.js';
