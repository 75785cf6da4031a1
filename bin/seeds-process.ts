/**
 * A process that runs seeds for another: the perturbed twin, and workers. Reads one job as JSON on
 * standard input, writes one JSON line a scenario.
 */
import { readFileSync } from "node:fs";
import { runSeedsJob, type SeedsJob } from "./seeds.ts";

const job = JSON.parse(readFileSync(0, "utf8")) as SeedsJob;
for await (const line of runSeedsJob(job)) process.stdout.write(`${line}\n`);
