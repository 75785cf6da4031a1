/** `coprsim inspect` of a script: run in the sandbox as far as it says who it is. */
import { type Admission, admit, type BuildInfo, prepareArtefact } from "../plugins/index.ts";
import { grouped, printable } from "../reports/index.ts";
import { UserError } from "../sim/errors.ts";
import { exitCodes } from "./exit.ts";
import type { Outputs } from "./screen.ts";

export type InspectedScript = {
  readonly path: string;
  readonly bytes: Uint8Array;
  /** What it is compared with. */
  readonly host: BuildInfo;
};

/** Says what a script says of itself. Throws `UserError` for one that no host would take. */
export async function inspectScript(
  { path, bytes, host }: InspectedScript,
  { screen, finish }: Outputs,
): Promise<void> {
  const prepared = await prepareArtefact(bytes, { kind: "javascript", cacheFolder: null });
  if (prepared.kind === "broken") {
    const { reason, code: hint } = prepared;
    throw new UserError(reason, { code: "bad-plugin", where: path, hint });
  }
  const { hash, build, info } = prepared;
  const admission = admit({ plugin: build, version: info.version, host });
  const { print, say, painter } = screen;
  const row = (label: string, text: string) =>
    say(label.padEnd(12) + (printable(text) || "none"), { hang: 12 });
  row("plugin", `${info.name} ${info.version}`);
  row("kind", `javascript, ${grouped(bytes.length)} bytes`);
  row("sha256", hash);
  row("built with", `api ${build.apiVersion}, ${build.rustc}, ${build.target}`);
  if (admission.kind === "admitted") print(`${painter.good("admitted")}: a node would load it`);
  else say(`${painter.bad("refused")}: ${printable(admission.text)}`, { hang: 2 });
  finish(admission.kind === "refused" ? exitCodes.fail : exitCodes.pass, () => ({
    json: {
      kind: "javascript",
      hash,
      bytes: bytes.length,
      build,
      info,
      host,
      admission: { ...admission, version: info.version },
    },
    junit: { suites: [{ name: "inspect", cases: [caseOf(path, admission)] }] },
  }));
}

function caseOf(name: string, admission: Admission) {
  const refused = admission.kind === "refused";
  const outcome = refused ? ("failed" as const) : ("passed" as const);
  return { name, seconds: 0, outcome, message: refused ? admission.text : "", details: "" };
}
