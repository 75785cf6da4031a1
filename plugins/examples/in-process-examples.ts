/** The examples that are TypeScript of this project, by the key in their `plugin.json`. */
import type { PreparedPlugin } from "../api.ts";
import { aggregatePlugin } from "./aggregate/good-inprocess/plugin.ts";

/** In-process examples: their folder under `plugins/examples`. */
export const inProcessExamples: ReadonlyMap<string, PreparedPlugin> = new Map([
  ["aggregate/good-inprocess", aggregatePlugin],
]);
