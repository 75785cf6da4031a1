/**
 * The engine contract on both engines. To add a law, add a test to testing/engine-contract.ts.
 * KvEngine's restart is a power loss after a sync: what was synced is all there is.
 */
import { beforeAll } from "vitest";
import { regionId } from "../ids.ts";
import { engineContract, type Subject } from "./testing/engine-contract.ts";
import { testChance } from "./testing/fault-disk.ts";
import { ModelEngine } from "./testing/model-engine.ts";
import { TestStore, testPool } from "./testing/test-store.ts";

// A contract's test holds at most this many engines at once.
const engines = 4;
beforeAll(() => testPool.prepare(engines));

let made = 0;
engineContract("memory-level", () => {
  const store = new TestStore({ owner: made++ % engines, walBytesMax: 1_500 });
  store.mustBoot();
  return memoryLevel(store);
});

engineContract("model", () => model(new ModelEngine()));

function memoryLevel(store: TestStore): Subject {
  return {
    engine: store.kv,
    restart: () => {
      const applied = store.kv.readMeta(regionId(1))?.appliedIndex ?? 0;
      const last = store.log.region(regionId(1))?.lastIndex ?? 0;
      for (let index = last + 1; index <= applied; index++) {
        store.log.append(regionId(1), [{ index, term: 1, text: "" }]);
      }
      store.log.flush();
      store.kv.sync();
      store.disk.settle();
      store.disk.losePower(testChance(made));
      store.mustBoot();
      return memoryLevel(store);
    },
  };
}

function model(engine: ModelEngine): Subject {
  return { engine, restart: () => model(engine) };
}
