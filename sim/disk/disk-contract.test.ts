/** `SimDisk` keeps the contract of `Disk`. Cases are added in sim/testing/disk-contract.ts. */
import type { Disk, Machine, Process, ProcessId } from "../process.ts";
import { type DiskBench, diskContract, type Ending, endingText } from "../testing/disk-contract.ts";
import { plainOptions } from "../testing/probe.ts";
import { World } from "../world.ts";

class Bench implements DiskBench {
  readonly #world: World;
  readonly #process: ProcessId;
  #machine: Machine | null = null;
  #endings: Ending[] = [];

  constructor(n: number) {
    const disk = { latency: { minUs: 10, maxUs: 500 } };
    const strategy = { kind: n % 2 === 0 ? "fifo" : "random" } as const;
    this.#world = new World({ ...plainOptions, seed: `disk ${n}`, disk, strategy, slackUs: n % 3 });
    const boot = (machine: Machine): Process => {
      this.#machine = machine;
      return this.#recorder();
    };
    const messageCostUs = (): number => 0;
    this.#process = this.#world.addProcess({
      name: "p",
      zone: "z",
      pools: [1],
      messageCostUs,
      boot,
    });
    this.#run();
  }

  get disk(): Disk {
    return this.#machine!.disk;
  }

  run(calls: (disk: Disk) => void): readonly Ending[] {
    this.#endings = [];
    this.#world.at(this.#world.nowUs, () => calls(this.disk));
    this.#run();
    return this.#endings;
  }

  crashDuring(calls: (disk: Disk) => void): void {
    this.#world.at(this.#world.nowUs, () => {
      calls(this.disk);
      this.#world.crash(this.#process, "planned");
    });
    this.#run();
    this.#reboot();
  }

  crash(): void {
    this.#world.crash(this.#process, "planned");
    this.#reboot();
  }

  losePower(): void {
    this.#world.powerLoss(this.#process);
    this.#reboot();
  }

  #reboot(): void {
    this.#world.restart(this.#process);
    this.#run();
  }

  #run(): void {
    this.#world.run(this.#world.nowUs + 100_000);
  }

  #recorder(): Process {
    return {
      receive: () => {},
      refused: () => {},
      timer: () => {},
      diskDone: (token, error, bytes) => {
        this.#endings.push({ token, error, text: endingText(bytes) });
      },
      digest: () => 0,
    };
  }
}

diskContract("SimDisk", (n) => new Bench(n));
