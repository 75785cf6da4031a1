/** What a person is told when a build fails. */
import { UserError } from "../../sim/errors.ts";

/** Lines of a compiler's words that are shown: its first error is what counts. */
const linesMax = 12;

/** The plugin's own fault, in the compiler's words. */
export function doesNotCompile(where: string, said: string): UserError {
  return new UserError("the plugin does not compile", {
    code: "bad-plugin",
    where,
    hint: firstError(said),
  });
}

/** A tool that is not there, with the lines that install it. */
export function missingTool(message: string, where: string, hint: string): UserError {
  return new UserError(message, { code: "missing-tool", where, hint });
}

/** From the first line that says "error" on, in one line. */
function firstError(said: string): string {
  const lines = said.split("\n").filter((line) => line.trim() !== "");
  const first = lines.findIndex((line) => /\berror\b/i.test(line));
  const shown = lines.slice(Math.max(first, 0)).slice(0, linesMax);
  return shown.map((line) => line.trim()).join("; ");
}
