/** Plugins: the contract, the hosts that run them, artefacts, and the examples. */
export {
  type BuildInfo,
  defaultPluginLimits,
  hostBuildInfo,
  type InstantiateResult,
  type KeyRange,
  type KvPair,
  type PluginError,
  type PluginInfo,
  type PluginInstance,
  type PluginLimits,
  type PluginRequest,
  type PluginRun,
  type PluginStep,
  type PreparedPlugin,
  type StorageAnswer,
  type StorageCall,
  type TrapReason,
} from "./api.ts";
export {
  type ArtefactFile,
  type ArtefactKind,
  artefactKind,
  readArtefact,
} from "./artefact/artefact-file.ts";
export {
  type BrokenArtefact,
  type PreparationOptions,
  prepareArtefact,
} from "./artefact/preparation.ts";
export { type BuiltExample, buildExample } from "./examples/example-build.ts";
export { type ExamplePlugin, listExamples, readExamplePlugin } from "./examples/example-plugin.ts";
export { inProcessExamples } from "./examples/in-process-examples.ts";
export {
  type HandlerResult,
  type InProcessHandler,
  type InProcessOptions,
  type InProcessStorage,
  inProcessPlugin,
  type PluginTask,
  type StorageResult,
} from "./host/in-process.ts";
export {
  type ArtefactProblem,
  describeWasm,
  type WasmDescription,
} from "./host/wasm/description.ts";
