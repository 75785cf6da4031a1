/**
 * Who is down and why: planned outages with their ends, the supervisor that starts a store again
 * after it ended itself (as systemd would), and which of those ends the plan explains.
 */
import type { Cluster } from "../../nodes/index.ts";
import { assert } from "../../sim/assert.ts";
import type { Death, ProcessId, World } from "../../sim/index.ts";
import type { NodeStop } from "../judge.ts";
import type { BreakageKind, Plan } from "../plan.ts";
import type { Undo } from "./lever.ts";

/** The supervisor starts again always, as TiUP sets systemd up, and sooner than that does. */
const supervisorDelayUs = 1_000_000;

type Life = {
  readonly store: number;
  readonly process: ProcessId;
  /** Planned outages that last. */
  outages: number;
  /** Recovery found damage: the store stays down. */
  isCorrupt: boolean;
  /** What broke on it so far. */
  readonly broke: Set<BreakageKind>;
};

const damaging: readonly BreakageKind[] = ["bitRot", "misdirectedWrite"];

/** The stores of one run. */
export class StoreLives {
  readonly #world: World;
  readonly #plan: Plan;
  readonly #lives: readonly Life[];

  constructor(world: World, cluster: Cluster, plan: Plan) {
    this.#world = world;
    this.#plan = plan;
    this.#lives = cluster.storeIds.map((store) => ({
      store,
      process: cluster.processOf(store),
      outages: 0,
      isCorrupt: false,
      broke: new Set(),
    }));
  }

  /** The store whose process this is; 0 for a client's and for none. */
  storeOf(process: number): number {
    for (const life of this.#lives) if (life.process === process) return life.store;
    return 0;
  }

  /** Something broke on a store: it may explain an end later on. */
  broke(store: number, kind: BreakageKind): void {
    this.#life(store).broke.add(kind);
  }

  /** A crash or a power loss, over when the undo is called. */
  outage(store: number, kind: "crash" | "powerLoss"): Undo {
    const life = this.#life(store);
    life.outages++;
    if (kind === "crash") this.#world.crash(life.process, "planned");
    else this.#world.powerLoss(life.process);
    return () => {
      life.outages--;
      assert(life.outages >= 0, "an outage ends once");
      this.#restart(life);
    };
  }

  /** A process ended itself: the supervisor starts it again, some time later. */
  died(process: number): void {
    const life = this.#lives.find((one) => one.process === process);
    if (life === undefined) return;
    this.#world.at(this.#world.nowUs + supervisorDelayUs, () => this.#restart(life));
  }

  /** Recovery found damaged bytes. Where no fault damaged any, the store is still expected up. */
  corrupt(process: number): void {
    const life = this.#lives.find((one) => one.process === process);
    if (life !== undefined) life.isCorrupt = true;
  }

  /** Everything that can run runs again. */
  heal(): void {
    for (const life of this.#lives) {
      assert(life.outages === 0, "every outage has ended when healing begins");
      this.#restart(life);
    }
  }

  /** The stores that must be up at the end: all whose disks no planned damage has spoilt. */
  healthy(): readonly number[] {
    return this.#lives
      .filter((life) => !(life.isCorrupt && isDamaged(life)))
      .map(({ store }) => store);
  }

  /** Every end of a store so far. */
  stops(): readonly NodeStop[] {
    return this.#world.deaths.flatMap((death): readonly NodeStop[] => {
      const { process, timeUs, kind, text } = death;
      const life = this.#lives.find((one) => one.process === process);
      if (life === undefined) return [];
      const reason = kind === "failure" ? "abort" : kind;
      const planned = death.isPlanned || this.#isExplained(life, death);
      return [{ process, store: life.store, atUs: timeUs, reason, text, planned }];
    });
  }

  #restart(life: Life): void {
    if (life.outages > 0 || life.isCorrupt || this.#world.isUp(life.process)) return;
    this.#world.restart(life.process);
  }

  #isExplained(life: Life, { kind, text }: Death): boolean {
    if (kind === "failure") return false;
    if (text.startsWith("corruption in ")) return isDamaged(life);
    if (text.startsWith("disk eio")) return life.broke.has("diskError");
    if (text.startsWith("disk full")) return life.broke.has("diskFull");
    if (text.startsWith("failpoint ")) return this.#plan.failpoints.length > 0;
    return asksForStop(this.#plan, text);
  }

  #life(store: number): Life {
    const life = this.#lives.find((one) => one.store === store);
    assert(life !== undefined, "the store exists");
    return life;
  }
}

const isDamaged = ({ broke }: Life): boolean => damaging.some((kind) => broke.has(kind));

/** A number of 2^64 or more in a requirement ends TiKV (tikv-semantics.md H1), as does a probe. */
function asksForStop({ operations }: Plan, text: string): boolean {
  if (text.startsWith("plugin '")) {
    return (
      operations.some(
        ({ request }) => request.kind === "coprocessor" && request.data.startsWith("panic"),
      ) && text.endsWith("panicked: asked to panic")
    );
  }
  return (
    text.includes("PosOverflow") &&
    operations.some(
      ({ request }) => request.kind === "coprocessor" && /\d{20}/.test(request.versionReq),
    )
  );
}
