/** `--config tikv.toml`: the keys that the model takes, leaves out, and those that are wrong. */
import { parse, TomlError } from "smol-toml";
import {
  type Config,
  isConfigProblem,
  knownTables,
  modelledKeys,
  readSettings,
  topKeys,
  unmodelledTables,
} from "../nodes/index.ts";
import { UserError } from "../sim/errors.ts";
import { suggest } from "../sim/suggestion.ts";
import { readInput } from "./files.ts";
import type { Surroundings } from "./frame.ts";

/** What a configuration file says. */
export type ReadConfig = {
  readonly config: Config;
  /** One line each: keys that real nodes take and this model does not. */
  readonly warnings: readonly string[];
};

const nothing: ReadConfig = { config: {}, warnings: [] };

/**
 * Reads a tikv.toml. Without a file: nothing. Throws `UserError` "bad-config" with file, line and
 * suggestions for what is no TOML, a misspelt key, or a value that TiKV would refuse.
 */
export function readConfigFile(
  file: string | undefined,
  profile: "fast" | "tikv",
  surroundings: Surroundings,
): ReadConfig {
  if (file === undefined) return nothing;
  const text = Buffer.from(readInput(file, surroundings)).toString("utf8");
  const reader = new ConfigReader(file, text);
  const read = reader.read();
  const settings = readSettings(profile, read.config);
  if (!isConfigProblem(settings)) return read;
  throw reader.refusal(settings.key, `found ${settings.found}`, settings.expected);
}

class ConfigReader {
  readonly #file: string;
  readonly #text: string;
  readonly #config: Record<string, string | number | boolean> = {};
  readonly #warnings: string[] = [];

  constructor(file: string, text: string) {
    this.#file = file;
    this.#text = text;
  }

  read(): ReadConfig {
    for (const [name, value] of Object.entries(this.#parsed())) {
      const keys = knownTables.get(name);
      if (keys !== undefined) this.#table(name, value, keys);
      else if (unmodelledTables.has(name)) this.#absent(`[${name}]`);
      else if (topKeys.has(name)) this.#absent(name);
      else throw this.#unknown(name, [...knownTables.keys(), ...unmodelledTables, ...topKeys]);
    }
    return { config: this.#config, warnings: this.#warnings };
  }

  #table(table: string, value: unknown, keys: ReadonlySet<string>): void {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      throw this.refusal(table, "found a value", `a table, [${table}]`);
    }
    for (const [key, found] of Object.entries(value)) {
      const name = `${table}.${key}`;
      if (!keys.has(key)) {
        throw this.#unknown(
          name,
          [...keys].map((one) => `${table}.${one}`),
        );
      }
      if (!modelledKeys.some((one) => one.name === name)) this.#absent(name);
      else if (isScalar(found)) this.#config[name] = found;
      else throw this.refusal(name, "found no single value", "a text, a number or true or false");
    }
  }

  #absent(name: string): void {
    this.#warnings.push(`${name} is not modelled: it changes nothing here`);
  }

  #unknown(name: string, known: readonly string[]): UserError {
    const near = suggest(name, known);
    const hint = near.length > 0 ? `did you mean ${near.join(", ")}?` : "one of `list config`";
    return this.refusal(name, "TiKV has no such key", hint);
  }

  /** The error about a key, with the line that names it. */
  refusal(name: string, found: string, hint: string): UserError {
    const last = name.split(".").at(-1) ?? name;
    const line = this.#text.split(/\r?\n/).findIndex((one) => one.includes(last));
    const where = line < 0 ? this.#file : `${this.#file}, line ${line + 1}`;
    const expected = hint.startsWith("did you") ? hint : `expected ${hint}`;
    return new UserError(`${name}: ${found}`, { code: "bad-config", where, hint: expected });
  }

  #parsed(): Readonly<Record<string, unknown>> {
    try {
      return parse(this.#text);
    } catch (error) {
      if (!(error instanceof TomlError)) throw error;
      const [reason = "it does not parse"] = error.message.split("\n");
      const where = `${this.#file}, line ${error.line}, column ${error.column}`;
      const hint = "expected a tikv.toml as TiKV reads it";
      throw new UserError(reason, { code: "bad-config", where, hint });
    }
  }
}

function isScalar(value: unknown): value is string | number | boolean {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean";
}
