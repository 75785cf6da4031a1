/** Building plugins from their sources, before any run. */
export {
  buildRustLibrary,
  buildRustModule,
  type RustCrate,
  type StatedBuild,
} from "./rust-crate.ts";
export {
  findToolchain,
  type RustToolchain,
  rustInstallHint,
  wasmTarget,
} from "./rust-toolchain.ts";
export { buildSourceFile, type FileLanguage, type SourceFile } from "./source-file.ts";
