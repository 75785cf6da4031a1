/** `coprsim inspect` of a native library: read, never executed. */
import {
  admit,
  type BuildInfo,
  libraryFailedText,
  type NativeFacts,
  pluginSymbols,
} from "../plugins/index.ts";
import { grouped, type JunitCase, printable } from "../reports/index.ts";
import { unreachable } from "../sim/assert.ts";
import { UserError } from "../sim/errors.ts";
import { type ExitCode, exitCodes } from "./exit.ts";
import type { Outputs, Screen } from "./screen.ts";

type Library = {
  readonly path: string;
  /** SHA-256 of its bytes, lower-case hexadecimal. */
  readonly hash: string;
  readonly facts: NativeFacts;
  /** The node that is to load it. */
  readonly host: BuildInfo;
};

/** Whether a node would load it, as far as the file tells. */
type Verdict = { readonly kind: "admitted" | "refused" | "undecided"; readonly text: string };

const formats = { elf: "ELF", machO: "Mach-O", pe: "PE" } as const;
const sources = { code: "read from its code", embedded: "as its SDK says" } as const;

/**
 * Shows what was read and what not. Exit code 1: a node would refuse it; 3: what was read does not
 * tell. Throws UserError `bad-plugin` for a file that is no library.
 */
export function inspectLibrary({ path, hash, facts, host }: Library, outputs: Outputs): void {
  if (facts.format === "unknown") {
    const [reason = ""] = facts.notRead;
    const hint = "expected an ELF, Mach-O or PE library; it is never executed";
    throw new UserError(reason, { code: "bad-plugin", where: path, hint });
  }
  const verdict = judge(facts, host);
  show(facts, hash, outputs.screen);
  showVerdict(verdict, outputs.screen);
  const { kind, text } = verdict;
  const one: JunitCase = {
    name: path,
    seconds: 0,
    outcome: junitOutcomes[kind],
    message: kind === "admitted" ? "" : text,
    details: "",
  };
  const { build, info, ...rest } = facts;
  const told = { ...(build === null ? {} : { build }), ...(info === null ? {} : { info }) };
  outputs.finish(exits[kind], () => ({
    json: { kind: "native", hash, ...rest, ...told, host, admission: { kind, text } },
    junit: { suites: [{ name: "inspect", cases: [one] }] },
  }));
}

const exits: Readonly<Record<Verdict["kind"], ExitCode>> = {
  admitted: exitCodes.pass,
  refused: exitCodes.fail,
  undecided: exitCodes.inconclusive,
};
const junitOutcomes = { admitted: "passed", refused: "failed", undecided: "skipped" } as const;

/** TiKV looks its functions up first, then compares the build, then reads the plugin's version. */
function judge({ symbols, build, info }: NativeFacts, host: BuildInfo): Verdict {
  const missing = pluginSymbols.filter((name) => symbols !== null && !symbols.includes(name));
  if (missing.length > 0) {
    return { kind: "refused", text: `${libraryFailedText}: no ${missing.join(", ")}` };
  }
  if (build === null) return { kind: "undecided", text: "its build info was not read" };
  const admission = admit({ plugin: build, version: info?.version ?? "", host });
  if (admission.kind === "refused" && (info !== null || admission.check !== "plugin-version")) {
    return { kind: "refused", text: admission.text };
  }
  if (info === null) return { kind: "undecided", text: "its version was not read" };
  if (symbols === null) return { kind: "undecided", text: "its functions were not read" };
  return { kind: "admitted", text: "" };
}

function show(facts: NativeFacts, hash: string, { say }: Screen): void {
  const row = (label: string, text: string) =>
    say(label.padEnd(12) + printable(text), { hang: 12 });
  const { format, bytes, target, compiler, symbols, build, info, readFrom } = facts;
  const source = readFrom === null ? "" : ` (${sources[readFrom]})`;
  const name = format === "unknown" ? format : formats[format];
  row("plugin", info === null ? "not read" : `${info.name} ${info.version}${source}`);
  row("kind", `native library, ${name}, ${grouped(bytes)} bytes, not executed`);
  row("sha256", hash);
  row("platform", target ?? "not read");
  row(
    "built with",
    build === null ? "not read" : `api ${build.apiVersion}, ${build.rustc}, ${build.target}`,
  );
  row("signed by", compiler === null ? "not read" : `rustc ${compiler}`);
  row("functions", symbols === null ? "not read" : symbols.join(", ") || "none of TiKV's");
  for (const reason of facts.notRead) row("not read", reason);
}

function showVerdict({ kind, text }: Verdict, { print, say, painter }: Screen): void {
  switch (kind) {
    case "admitted":
      return print(`${painter.good("admitted")}: a node would load it`);
    case "refused":
      return say(`${painter.bad("refused")}: ${printable(text)}`, { hang: 2 });
    case "undecided":
      return say(`undecided: ${printable(text)}`, { hang: 2 });
    default:
      return unreachable(kind);
  }
}
