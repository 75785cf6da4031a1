/**
 * JUnit XML, as the readers of CI systems take it (the de-facto schema of Jenkins' xunit plugin):
 * testsuites > testsuite > testcase, with failure, error or skipped inside.
 */
import { unreachable } from "../sim/assert.ts";
import { spelt } from "./printable.ts";

/** One case: a seed, a check, a mutant. */
export type JunitCase = {
  readonly name: string;
  readonly seconds: number;
  /** `error` is a fault of the test bed itself; `skipped` also stands for inconclusive. */
  readonly outcome: "passed" | "failed" | "error" | "skipped";
  /** One line: what was violated, or why it was skipped. Not used for `passed`. */
  readonly message: string;
  /** Everything else there is to say, or "". */
  readonly details: string;
};

export type JunitSuite = { readonly name: string; readonly cases: readonly JunitCase[] };

export type JunitReport = { readonly suites: readonly JunitSuite[] };

/** The XML document, ended by a newline. */
export function junitReport({ suites }: JunitReport): string {
  const all = suites.flatMap(({ cases }) => cases);
  const lines = suites.map(suiteXml).join("");
  return `<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="coprsim"${totals(all)}>
${lines}</testsuites>
`;
}

function suiteXml({ name, cases }: JunitSuite): string {
  const inside = cases.map((one) => caseXml(name, one)).join("");
  return `  <testsuite name="${attribute(name)}"${totals(cases)}>\n${inside}  </testsuite>\n`;
}

function totals(cases: readonly JunitCase[]): string {
  const count = (outcome: JunitCase["outcome"]) =>
    cases.filter((one) => one.outcome === outcome).length;
  const seconds = cases.reduce((sum, one) => sum + one.seconds, 0);
  return (
    ` tests="${cases.length}" failures="${count("failed")}" errors="${count("error")}"` +
    ` skipped="${count("skipped")}" time="${seconds.toFixed(3)}"`
  );
}

function caseXml(suite: string, one: JunitCase): string {
  const head =
    `    <testcase classname="${attribute(suite)}" name="${attribute(one.name)}"` +
    ` time="${one.seconds.toFixed(3)}"`;
  const body = outcomeXml(one);
  return body === "" ? `${head}/>\n` : `${head}>\n      ${body}\n    </testcase>\n`;
}

function outcomeXml({ outcome, message, details }: JunitCase): string {
  switch (outcome) {
    case "passed":
      return details === "" ? "" : `<system-out>${elementText(details)}</system-out>`;
    case "failed":
      return `<failure message="${attribute(message)}">${elementText(details)}</failure>`;
    case "error":
      return `<error message="${attribute(message)}">${elementText(details)}</error>`;
    case "skipped":
      return `<skipped message="${attribute(message)}"/>`;
    default:
      return unreachable(outcome);
  }
}

/** Text for an attribute: breaks and tabs as references, which readers do not turn to spaces. */
function attribute(text: string): string {
  return elementText(text).replace(/[\n\t]/g, (character) => `&#${character.charCodeAt(0)};`);
}

/**
 * Text for an element. Characters that XML 1.0 cannot hold even as references (control characters,
 * lone surrogates, U+FFFE and U+FFFF) become `\xNN` or `\u{N}`.
 */
function elementText(text: string): string {
  const special = /[&<>"'\r]|(?![\t\n])[\p{Cc}\p{Cs}\ufffe\uffff]/gu;
  return text.replace(special, (character) => references.get(character) ?? spelt(character));
}

const references: ReadonlyMap<string, string> = new Map([
  ["&", "&amp;"],
  ["<", "&lt;"],
  [">", "&gt;"],
  ['"', "&quot;"],
  ["'", "&apos;"],
  ["\r", "&#13;"],
]);
