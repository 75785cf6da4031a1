/**
 * Loaded plugins: each load is a generation of its own, which ends when it takes no more requests
 * and the last of those that it has is over.
 */
import { assert } from "../../sim/assert.ts";
import type { PluginInstance, PreparedPlugin } from "../api.ts";
import type { Version } from "../version/index.ts";

/** A plugin as one store has it loaded. */
export class Generation {
  /** Counts the loads of a store's incarnation from 1. */
  readonly number: number;
  readonly artefact: PreparedPlugin;
  readonly name: string;
  readonly version: Version;
  readonly instance: PluginInstance;
  /** Requests that run on it. */
  requests = 0;
  /** False: it takes no more requests. */
  isServing = true;

  constructor(parts: {
    readonly number: number;
    readonly artefact: PreparedPlugin;
    readonly version: Version;
    readonly instance: PluginInstance;
  }) {
    this.number = parts.number;
    this.artefact = parts.artefact;
    this.name = parts.artefact.info.name;
    this.version = parts.version;
    this.instance = parts.instance;
  }
}

/** Told when the last request ended on a generation that takes no more. */
export type Retired = (generation: Generation) => void;

/** A request begins on a generation that serves. */
export function begin(generation: Generation): void {
  assert(generation.isServing, "a request begins on a plugin that serves");
  generation.requests++;
}

/** A request on a generation is over. */
export function end(generation: Generation, retired: Retired): void {
  generation.requests--;
  assert(generation.requests >= 0, "a request ends once");
  if (generation.requests === 0 && !generation.isServing) retired(generation);
}

/** A generation takes no more requests; those that run go on. */
export function withdraw(generation: Generation, retired: Retired): void {
  assert(generation.isServing, "a plugin is withdrawn once");
  generation.isServing = false;
  if (generation.requests === 0) retired(generation);
}
