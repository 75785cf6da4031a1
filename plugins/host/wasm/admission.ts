/** What a module must and must not have before it is run: imports, exports, memory, sizes. */
import {
  abiExports,
  abiImports,
  abiInitialize,
  abiMemory,
  abiModule,
  reservedPrefixes,
  type Signature,
} from "./abi.ts";
import { Refusal } from "./module-bytes.ts";
import type { ModuleExport, ModuleImport, ModuleSections } from "./module-sections.ts";

/** Bytes of an artefact at most. */
export const artefactBytesMax: number = 32 << 20;
const functionsMax = 100_000;

/** Throws Refusal for the first thing that keeps the module out. `pagesMax` limits its memory. */
export function admit(sections: ModuleSections, pagesMax: number): void {
  if (sections.functions.length > functionsMax) {
    throw new Refusal("size", `more than ${functionsMax} functions`);
  }
  if (sections.functions.length !== sections.bodies.length) {
    throw new Refusal("malformed", "the numbers of functions and of their bodies differ");
  }
  for (const one of sections.imports) admitImport(one, sections);
  for (const { name } of sections.exports) {
    if (reservedPrefixes.some((prefix) => name.startsWith(prefix))) {
      throw new Refusal("export", `exports "${name}": that name belongs to the host`);
    }
  }
  for (const [name, wanted] of abiExports) admitExport(name, wanted, sections);
  const initialize = sections.exports.some(({ name }) => name === abiInitialize);
  if (initialize) admitExport(abiInitialize, { params: [], results: [] }, sections);
  if (sections.start !== null && signatureOf(sections.start, sections) === undefined) {
    throw new Refusal("malformed", "there is no start function");
  }
  admitMemory(sections, pagesMax);
}

function admitImport(one: ModuleImport, sections: ModuleSections): void {
  const name = `${one.module}.${one.name}`;
  const wanted = one.module === abiModule ? abiImports.get(one.name) : undefined;
  if (one.kind !== "function" || wanted === undefined) {
    throw new Refusal("import", `imports ${one.kind} "${name}"${importHint(one)}`);
  }
  const type = sections.types[one.type];
  if (type === undefined || !isSame(type, wanted)) {
    throw new Refusal("import", `imports "${name}" as another function than ${show(wanted)}`);
  }
}

function importHint({ module, name }: ModuleImport): string {
  if (module.startsWith("wasi_"))
    return ": there is no WASI, a plugin has no files, clock or random";
  if (module === "env" && name === "abort") {
    return ": build AssemblyScript with --use abort=..., see ABI.md";
  }
  return `: only ${[...abiImports.keys()].join(", ")} of "${abiModule}" exist`;
}

function admitExport(name: string, wanted: Signature, sections: ModuleSections): void {
  const found = sections.exports.find((one) => one.name === name);
  if (found === undefined) {
    const there = sections.exports.map((one: ModuleExport) => one.name).slice(0, 12);
    throw new Refusal(
      "export",
      `"${name}" is not exported (exports: ${there.join(", ") || "none"})`,
    );
  }
  const type = found.kind === "function" ? signatureOf(found.index, sections) : undefined;
  if (type === undefined || !isSame(type, wanted)) {
    throw new Refusal("export", `exports "${name}" as something else than ${show(wanted)}`);
  }
}

function admitMemory({ memory, exports }: ModuleSections, pagesMax: number): void {
  if (memory === null) throw new Refusal("memory", "has no memory of its own");
  const exported = exports.find(({ name }) => name === abiMemory);
  if (exported?.kind !== "memory") {
    throw new Refusal("export", `its memory is not exported as "${abiMemory}"`);
  }
  if (memory.pagesMin > pagesMax) {
    const wanted = `wants ${memory.pagesMin} pages of memory from the start`;
    throw new Refusal("memory", `${wanted}, the limit is ${pagesMax}`);
  }
}

function signatureOf(index: number, sections: ModuleSections): Signature | undefined {
  const { imports, functions, types } = sections;
  const own = index - imports.length;
  return types[(own < 0 ? imports[index]?.type : functions[own]) ?? -1];
}

function isSame(a: Signature, b: Signature): boolean {
  return show(a) === show(b);
}

function show({ params, results }: Signature): string {
  const names = (types: readonly number[]) =>
    types.map((type) => ({ 127: "i32", 126: "i64", 125: "f32", 124: "f64" })[type] ?? type);
  return `(${names(params).join(", ")}) -> (${names(results).join(", ")})`;
}
