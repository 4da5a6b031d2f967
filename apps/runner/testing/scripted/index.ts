export { deedsIn, type Deeds } from './deeds.js';
export { scriptedOnly, scriptOf } from './deeds-script.js';
export { ScriptedEngine, ScriptedExecutor } from './scripted-executor.js';
