/** `coprsim check`: verdicts on recorded histories, of this simulator or of a real cluster. */
import type { Command } from "commander";
import { configureIsolation } from "./check-isolation.ts";
import { configureLinearizability } from "./check-linearizability.ts";
import type { Frame } from "./frame.ts";

/** Adds both judges. */
export function configure(command: Command, frame: Frame): void {
  configureLinearizability(command.command("linearizability"), frame);
  configureIsolation(command.command("isolation"), frame);
}
