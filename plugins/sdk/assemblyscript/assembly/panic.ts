import { panicked } from "./host";

/** AssemblyScript's abort: out of range, null access, `throw`, `assert`. Use it by --use abort=. */
export function onAbort(message: string | null, file: string | null, line: u32, column: u32): void {
  const what = message === null ? "abort" : message;
  const where = file === null ? "" : file;
  panic(what + " at " + where + ":" + line.toString() + ":" + column.toString());
}

/** Ends the plugin like a Rust panic: on a real node the process dies. */
export function panic(text: string): void {
  const bytes = String.UTF8.encode(text);
  panicked(changetype<usize>(bytes), bytes.byteLength);
  unreachable();
}
