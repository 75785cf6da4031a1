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
export {
  buildRustLibrary,
  buildRustModule,
  buildSourceFile,
  type FileLanguage,
  findToolchain,
  type RustCrate,
  type RustToolchain,
  rustInstallHint,
  type SourceFile,
  type StatedBuild,
  wasmTarget,
} from "./build/index.ts";
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
export { inspectNative } from "./host/native/inspection.ts";
export { type NativeFacts, type PluginSymbol, pluginSymbols } from "./host/native/native-facts.ts";
export {
  type ArtefactProblem,
  describeWasm,
  type WasmDescription,
} from "./host/wasm/description.ts";
export { ContractRegistry } from "./registry/contract-registry.ts";
export {
  artefactOf,
  type DirectoryOperation,
  type DirectoryOperationKind,
  describeOperation,
  durationUs,
} from "./registry/directory-operation.ts";
export type { Generation } from "./registry/generation.ts";
export type { Refusal, RefusalReason } from "./registry/library.ts";
export { OperationPlay } from "./registry/operation-play.ts";
export {
  type DirectoryChange,
  type DirectoryChangeKind,
  type DirectoryEntry,
  PluginDirectory,
  type PluginDirectoryOptions,
  type PluginFile,
  wholeArtefact,
} from "./registry/plugin-directory.ts";
export type {
  LoadCause,
  PluginRegistry,
  RegistryListener,
  RegistryLog,
} from "./registry/registry.ts";
export { TikvRegistry } from "./registry/tikv-registry.ts";
export { type DebouncedEvent, Watcher } from "./registry/watcher.ts";
export {
  type Admission,
  type AdmissionCheck,
  type AdmissionOptions,
  admit,
  badVersionText,
  type ClientComparator,
  type ClientRequirement,
  type Comparator,
  type Compat,
  comparatorsMax,
  compareVersions,
  deprecatedRequirementText,
  displayRequirement,
  displayVersion,
  hostSurface,
  type Identifier,
  invalidRequirementText,
  invalidSemverText,
  isExact,
  libraryFailedText,
  matches,
  matchesClientRequirement,
  oldSurface,
  overflowPanicText,
  type ParsedClientRequirement,
  type ParsedRequirement,
  type Precedence,
  parseClientRequirement,
  parseRequirement,
  parseVersion,
  type Range,
  type Requirement,
  reloadRefusedText,
  surfaceHash,
  type Version,
  type VersionError,
} from "./version/index.ts";
