/** `coprsim init`: writes files to start from. */
import { existsSync, writeFileSync } from "node:fs";
import type { Command } from "commander";
import { UserError } from "../sim/errors.ts";
import { exitCodes } from "./exit.ts";
import { checkOutput } from "./files.ts";
import type { Frame } from "./frame.ts";
import { fileName } from "./options.ts";
import { createScreen } from "./screen.ts";

/** Adds what can be written. */
export function configure(command: Command, frame: Frame): void {
  command
    .command("scenario")
    .description("write a working scenario file, to be changed into your own")
    .argument("[file]", "the file to write", fileName, "my.scenario.ts")
    .option("--force", "overwrite a file that exists")
    .action((file: string, options: { readonly force?: boolean }) => {
      checkOutput(file, "the file");
      if (existsSync(file) && options.force !== true) {
        const hint = "choose another name, or --force";
        throw new UserError("the file exists", { code: "usage", where: file, hint });
      }
      writeFileSync(file, scenarioTemplate);
      const { print, painter } = createScreen(frame.stdout, frame);
      print(`wrote ${file}; try it:`);
      print(painter.name(`npx coprsim run ${file} --seeds 20`));
      frame.finish(exitCodes.pass);
    });
}

/** A scenario that runs as it is. */
export const scenarioTemplate = `// A scenario of your own. \`coprsim list gates\` shows what a
// green run can be asked to exercise; every field of
// \`spec\` has a default, hover over \`Spec\` to see them all.
import { defineScenario } from "coprsim";

export const mine = defineScenario({
  name: "mine",
  sentence: "two regions serve reads, writes and the aggregate plugin while stores crash",
  // From so many seeds on, a run in which this never happened is inconclusive.
  gates: [
    { gate: "crashed", minSeeds: 10 },
    { gate: "pluginAnswered", minSeeds: 10 },
  ],
  spec: {
    stores: [3],
    regions: { min: 2, max: 2 },
    operationsPerSecond: { min: 20, max: 40 },
    mix: { put: 50, get: 40, coprocessor: 10 },
    // A path to your own .wasm may stand in the place of "aggregate".
    plugins: [{ file: "aggregate.wasm", artefacts: ["aggregate"], stores: "every" }],
    calls: [
      {
        weight: 1,
        names: ["aggregate"],
        requirements: ["^1.0"],
        span: { min: 1, max: 8 },
        ownKeys: false,
        breakOnly: false,
        spacingUs: 0,
        // The request's bytes, one character a byte. An empty one gets the plugin's own error.
        data: () => "",
      },
    ],
    faults: { crash: { min: 1, max: 3 }, partition: { min: 0, max: 2 } },
    breakUs: 8_000_000,
    healUs: 6_000_000,
  },
});
`;
