/**
 * What people and tools do to a node's plugin directory, as data. Names are bare file names;
 * artefacts are named as the run's plugin set knows them.
 */
import { unreachable } from "../../sim/assert.ts";

/** One file operation on one plugin directory. */
export type DirectoryOperation =
  /**
   * `cp artefact file`, scp, rsync --inplace: the file is created, or cut to nothing if it is
   * there, then written in `chunks` (from 1) equal parts spread over `forUs`, then closed. Of the
   * whole only `perMille` gets there (1000 = all): the rest is lost with a broken connection, say.
   */
  | {
      readonly kind: "copy";
      readonly file: string;
      readonly artefact: string;
      readonly forUs: number;
      readonly chunks: number;
      readonly perMille: number;
    }
  /** The same without cutting the file first: new bytes over old ones. */
  | {
      readonly kind: "overwrite";
      readonly file: string;
      readonly artefact: string;
      readonly forUs: number;
      readonly chunks: number;
      readonly perMille: number;
    }
  /** Inside the directory, atomic; a file that has the name `to` is gone. */
  | { readonly kind: "rename"; readonly from: string; readonly to: string }
  /** A complete file comes from another directory of the file system, atomic. */
  | { readonly kind: "moveIn"; readonly file: string; readonly artefact: string }
  | { readonly kind: "moveOut"; readonly file: string }
  | { readonly kind: "delete"; readonly file: string }
  /** Cuts a file to nothing where it lies. */
  | { readonly kind: "truncate"; readonly file: string }
  | { readonly kind: "chmod"; readonly file: string }
  /** `sync`: whatever was done so far survives a power loss. */
  | { readonly kind: "sync" }
  /** The kernel's queue of file events is full: those that nobody has read yet are lost. */
  | { readonly kind: "overflow" };

export type DirectoryOperationKind = DirectoryOperation["kind"];

/** The artefact that an operation brings in, or null. */
export function artefactOf(operation: DirectoryOperation): string | null {
  return "artefact" in operation ? operation.artefact : null;
}

/** How long an operation takes, from its first change to its last. */
export function durationUs(operation: DirectoryOperation): number {
  return "forUs" in operation ? operation.forUs : 0;
}

/** An operation in a person's words, as a shell would do it. */
export function describeOperation(operation: DirectoryOperation): string {
  switch (operation.kind) {
    case "copy":
    case "overwrite": {
      const { kind, artefact, file, forUs, chunks, perMille } = operation;
      const verb = kind === "copy" ? "cp" : "overwrite";
      const part = perMille < 1_000 ? `, ${perMille / 10} % of it` : "";
      return `${verb} ${artefact} ${file} (${forUs / 1_000} ms, ${chunks} writes${part})`;
    }
    case "rename":
      return `mv ${operation.from} ${operation.to}`;
    case "moveIn":
      return `mv <elsewhere>/${operation.artefact} ${operation.file}`;
    case "moveOut":
      return `mv ${operation.file} <elsewhere>`;
    case "delete":
      return `rm ${operation.file}`;
    case "truncate":
      return `truncate -s 0 ${operation.file}`;
    case "chmod":
      return `chmod +x ${operation.file}`;
    case "sync":
      return "sync";
    case "overflow":
      return "<queue of file events overflows>";
    default:
      return unreachable(operation);
  }
}
