/** The perturbed twin's program: prints the hashes of so many toy worlds, one a line. */
import { runToyWorld } from "./toy-world.ts";

const plans = Number(process.argv[2]);
for (let plan = 0; plan < plans; plan++)
  process.stdout.write(`${runToyWorld(`twin ${plan}`).hash}\n`);
