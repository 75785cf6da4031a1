/** `coprsim list`: what there is to run, judge, set and plant. */
import { join, relative } from "node:path";
import type { Command } from "commander";
import { failpointCatalogue } from "../failpoints/index.ts";
import { defaultSettings, modelledKeys, passedFailpoints } from "../nodes/index.ts";
import { listExamples, readExamplePlugin } from "../plugins/index.ts";
import { table } from "../reports/index.ts";
import { builtInScenarios, gateSentences, properties } from "../scenarios/index.ts";
import { mutantsFolder, packageRoot, readMutants } from "../scenarios/zoo/index.ts";
import { unreachable } from "../sim/assert.ts";
import { exitCodes } from "./exit.ts";
import type { Frame } from "./frame.ts";
import { oneOf } from "./options.ts";
import { addReportOptions, openOutputs, type ReportOptions } from "./screen.ts";

const kinds = [
  "scenarios",
  "suites",
  "properties",
  "gates",
  "failpoints",
  "config",
  "mutants",
  "plugins",
] as const;
type Kind = (typeof kinds)[number];
type Listed = { readonly name: string; readonly about: string };

/** Adds arguments, options and the action. */
export function configure(command: Command, frame: Frame): void {
  command
    .description(
      "list scenarios, suites, properties, gates, failpoints, config, mutants, example plugins",
    )
    .argument("[kind]", kinds.join(", "), oneOf(kinds));
  addReportOptions(command).action((kind: Kind | undefined, options: ReportOptions) =>
    list(kind, options, frame),
  );
}

async function list(kind: Kind | undefined, options: ReportOptions, frame: Frame): Promise<void> {
  const { screen, finish } = openOutputs("list", options, frame);
  const wanted = kind === undefined ? kinds.filter((one) => one !== "failpoints") : [kind];
  const lists: (readonly [Kind, readonly Listed[]])[] = [];
  for (const one of wanted) lists.push([one, await listed(one)]);
  lists.forEach(([one, rows], at) => {
    if (at > 0) screen.print("");
    screen.print(screen.painter.strong(one));
    const columns = [
      { title: "", align: "left" as const },
      { title: "", align: "left" as const },
    ];
    const cells = rows.map(({ name, about }) => [`  ${screen.painter.name(name)}`, about]);
    const { painter, columns: width } = screen;
    if (rows.length > 0) screen.print(table({ columns, rows: cells, width, painter }));
  });
  finish(exitCodes.pass, () => ({ json: Object.fromEntries(lists), junit: { suites: [] } }));
}

async function listed(kind: Kind): Promise<readonly Listed[]> {
  switch (kind) {
    case "scenarios":
      return builtInScenarios.map(({ name, sentence }) => ({ name, about: sentence }));
    case "suites":
      return suites();
    case "properties":
      return properties.map(({ property, sentence }) => ({ name: property, about: sentence }));
    case "gates":
      return Object.entries(gateSentences).map(([name, about]) => ({ name, about }));
    case "failpoints":
      return Object.entries(failpointCatalogue).map(([name, { step, may }]) => ({
        name,
        about: `${isPassed(name) ? "" : "(absent) "}${step} (${may})`,
      }));
    case "config":
      return modelledKeys.map(({ name, about, shown }) => {
        const [fast, tikv] = [shown(defaultSettings("fast")), shown(defaultSettings("tikv"))];
        const value = fast === tikv ? fast : `fast ${fast}, tikv ${tikv}`;
        return { name, about: `${about} (${value})` };
      });
    case "mutants":
      return readMutants(mutantsFolder).map(({ id, about }) => ({ name: id, about }));
    case "plugins":
      return examples();
    default:
      return unreachable(kind);
  }
}

const isPassed = (name: string): boolean => (passedFailpoints as ReadonlySet<string>).has(name);

function suites(): readonly Listed[] {
  const names = [...new Set(builtInScenarios.flatMap((scenario) => scenario.suites))];
  return names.map((name) => {
    const members = builtInScenarios.filter((scenario) => scenario.suites.includes(name));
    return { name, about: members.map((scenario) => scenario.name).join(", ") };
  });
}

/** The example plugins: good ones, and bad twins with the check that must catch each. */
async function examples(): Promise<readonly Listed[]> {
  const root = join(packageRoot, "plugins", "examples");
  const rows: Listed[] = [];
  for (const folder of await listExamples(root)) {
    const { name, language, caughtBy } = await readExamplePlugin(folder);
    const about = caughtBy === null ? `${name}, ${language}` : `bad twin of ${name}: ${caughtBy}`;
    rows.push({ name: relative(packageRoot, folder), about });
  }
  return rows;
}
