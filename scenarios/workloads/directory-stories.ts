/**
 * What people do to plugin directories, as stories of a few file operations each: upgrades the
 * right way and the wrong ones, copies that stall or break off, files that come and go. Drawn onto
 * stores and times, with outages aimed between any two steps.
 */
import { assert, unreachable } from "../../sim/assert.ts";
import type { Randomness, Stream } from "../../sim/index.ts";
import type { MomentName } from "../moments/index.ts";
import type { PlannedFault, PlannedFileOperation, PlannedPlugin, Trigger } from "../plan.ts";
import type { DirectoryActivity, DirectoryStory } from "../spec.ts";

type DirectoryOperation = PlannedFileOperation["operation"];

/** What the shape of a plan says. */
export type DirectoryWorld = {
  readonly stores: number;
  readonly breakUs: number;
  /** The files that directories hold from the start. */
  readonly plugins: readonly PlannedPlugin[];
};

/** A plan's file operations, and the faults that go with them; ids from 1 in both. */
export type DrawnDirectories = {
  readonly pluginFiles: readonly PlannedFileOperation[];
  readonly faults: readonly Omit<PlannedFault, "id">[];
};

/** The first story begins when the first leaders have been elected. */
const firstUs = 1_200_000;
/** The watcher's delay. */
const debounceUs = 3_000_000;
/** From a story's beginning until the watcher has told of its last step, on the last store. */
const storyUs = { stalled: 11_300_000, other: 8_500_000 } as const;
/** What a rolling restart needs at the end: its stores one after another. */
const restartUs = 900_000;

const outageMoments: readonly MomentName[] = [
  "directory-changed",
  "directory-changed",
  "plugin-opened",
  "plugin-loaded",
];

/** Draws the stories of a plan. Each concern has a stream of its own. */
export function drawDirectories(
  activity: DirectoryActivity,
  world: DirectoryWorld,
  random: Randomness,
): DrawnDirectories {
  const stream = random.stream("plan/directories");
  const count = stream.between(activity.count.min, activity.count.max);
  const longestUs = activity.stories.includes("slowCopy") ? storyUs.stalled : storyUs.other;
  const lastUs = world.breakUs - longestUs - (activity.rollingRestart ? restartUs : 0);
  assert(lastUs > firstUs, "the break phase has room for stories");
  const pluginFiles: PlannedFileOperation[] = [];
  for (let at = 0; at < count; at++) {
    const atUs = stream.between(firstUs, lastUs);
    for (const step of drawStory(activity, { world, stream, number: at + 1, atUs })) {
      pluginFiles.push({ id: pluginFiles.length + 1, ...step });
    }
  }
  return { pluginFiles, faults: drawFaults(activity, world, random) };
}

type NewOperation = Omit<PlannedFileOperation, "id">;

type StoryParts = {
  readonly world: DirectoryWorld;
  readonly stream: Stream;
  readonly number: number;
  readonly atUs: number;
};

function drawStory(activity: DirectoryActivity, parts: StoryParts): readonly NewOperation[] {
  const { world, stream, number, atUs } = parts;
  const story = stream.pick(activity.stories);
  const { file } = stream.pick(world.plugins);
  const artefact = stream.pick(activity.artefacts);
  const steps = stepsOf(story, { stream, file, fresh: `new${number}.so`, artefact });
  const everywhere = stream.chance(1, 2);
  const one = stream.between(1, world.stores);
  const stores = everywhere ? Array.from({ length: world.stores }, (_, at) => at + 1) : [one];
  // A story of one step may wait for its moment: what it meets in flight matters.
  const isAimed = steps.length === 1 && stream.chance(1, 4);
  const moment = stream.pick(["plugin-started", "plugin-storage-call", "leader-elected"] as const);
  return stores.flatMap((store) => {
    // Nobody rolls out on all nodes at the same instant.
    const lagUs = everywhere ? stream.below(800_000) : 0;
    return steps.map(({ afterUs, operation }): NewOperation => {
      const us = atUs + lagUs + afterUs;
      const trigger: Trigger = isAimed
        ? { kind: "moment", moment, store, occurrence: 1, fromUs: us }
        : { kind: "at", us };
      return { trigger, store, operation };
    });
  });
}

type Step = { readonly afterUs: number; readonly operation: DirectoryOperation };

/** The file of the story, a name that nobody has yet, and what new files hold. */
type Scene = {
  readonly stream: Stream;
  readonly file: string;
  readonly fresh: string;
  readonly artefact: string;
};

function stepsOf(story: DirectoryStory, scene: Scene): readonly Step[] {
  const { stream, file, fresh, artefact } = scene;
  const now = (operation: DirectoryOperation): Step => ({ afterUs: 0, operation });
  const soonUs = (): number => stream.between(100_000, debounceUs - 200_000);
  const lateUs = (): number => stream.between(debounceUs + 100_000, debounceUs + 1_200_000);
  switch (story) {
    case "upgrade":
      return [now(copy(scene, fresh)), ...maybe(stream, lateUs(), { kind: "delete", file })];
    case "upgradeInPlace":
      return [now(copy(scene, file))];
    case "slowCopy":
      return [now({ ...copy(scene, fresh), ...stalled(stream) })];
    case "partialCopy": {
      const whole = { ...copy(scene, fresh), forUs: 300_000 };
      const perMille = stream.between(50, 950);
      return [now({ ...whole, chunks: 8, perMille }), ...maybe(stream, lateUs(), whole)];
    }
    case "renameSoon":
    case "renameLate": {
      const from = `${fresh}.tmp`;
      const quick = { ...copy(scene, from), forUs: 50_000 };
      const afterUs = 60_000 + (story === "renameSoon" ? soonUs() : lateUs());
      return [now(quick), { afterUs, operation: { kind: "rename", from, to: fresh } }];
    }
    case "renameServed":
      return [now({ kind: "rename", from: file, to: fresh })];
    case "moveIn":
      return [now({ kind: "moveIn", file: fresh, artefact })];
    case "moveOver":
      return [now({ kind: "moveIn", file, artefact })];
    case "remove":
      return [now({ kind: "delete", file })];
    case "moveOut":
      return [now({ kind: "moveOut", file })];
    case "removeAndBack": {
      const afterUs = stream.chance(1, 2) ? soonUs() : lateUs();
      const back: Step = { afterUs, operation: { kind: "moveIn", file, artefact } };
      return [now({ kind: "delete", file }), back];
    }
    case "flutter": {
      const gone: Step = { afterUs: soonUs(), operation: { kind: "delete", file: fresh } };
      return [now({ kind: "moveIn", file: fresh, artefact }), gone];
    }
    case "overwrite":
      return [now({ ...copy(scene, file), kind: "overwrite" })];
    case "truncate":
      return [now({ kind: "truncate", file })];
    case "touch":
      return [now({ kind: "chmod", file })];
    case "overflow":
      return [now(copy(scene, fresh)), { afterUs: soonUs(), operation: { kind: "overflow" } }];
    default:
      return unreachable(story);
  }
}

type Copy = Extract<DirectoryOperation, { kind: "copy" }>;

/** A copy that gets there: no pause of it is as long as the watcher's delay. */
function copy({ stream, artefact }: Scene, file: string): Copy {
  const chunks = stream.between(1, 6);
  const forUs = stream.between(5, 2_400) * 1_000;
  return { kind: "copy", file, artefact, forUs, chunks, perMille: 1_000 };
}

/** Writes so far apart that the watcher looks in between: also by nothing more than its delay. */
function stalled(stream: Stream): Pick<Copy, "forUs" | "chunks"> {
  const gapUs = debounceUs + (stream.chance(1, 4) ? 0 : stream.between(1, 600_000));
  return { forUs: 2 * gapUs, chunks: 2 };
}

function maybe(stream: Stream, afterUs: number, operation: DirectoryOperation): readonly Step[] {
  return stream.chance(1, 2) ? [{ afterUs, operation }] : [];
}

/** Outages at the moments of reloads, and the restart of every store when all is quiet again. */
function drawFaults(
  { outages, rollingRestart }: DirectoryActivity,
  { stores, breakUs }: DirectoryWorld,
  random: Randomness,
): readonly Omit<PlannedFault, "id">[] {
  const stream = random.stream("plan/directories/faults");
  const faults: Omit<PlannedFault, "id">[] = [];
  for (let left = stream.between(outages.min, outages.max); left > 0; left--) {
    const moment = stream.pick(outageMoments);
    const occurrence = stream.between(1, moment === "directory-changed" ? 12 : 3);
    const trigger: Trigger = { kind: "moment", moment, store: 0, occurrence, fromUs: firstUs };
    const breakage = { kind: stream.chance(1, 2) ? "crash" : "powerLoss" } as const;
    const forUs = stream.between(20, 1_500) * 1_000;
    faults.push({ trigger, store: 0, forUs, breakage });
  }
  const isRestarted = stream.chance(1, 2);
  if (!rollingRestart || !isRestarted) return faults;
  const gapUs = Math.floor(restartUs / (stores + 1));
  for (let store = 1; store <= stores; store++) {
    const us = breakUs - restartUs + (store - 1) * gapUs;
    const trigger: Trigger = { kind: "at", us };
    faults.push({ trigger, store, forUs: 50_000, breakage: { kind: "crash" } });
  }
  return faults;
}
