/** A kept trace as lines for people: time, process, event, and its integers by name. */
import { eventFields, eventKinds } from "../nodes/events.ts";
import { kernelEvents, type Trace, type TraceRow } from "../sim/index.ts";

/** The reported events up to `untilUs`, one line each. What the kernel dispatched is left out. */
export function formatTrace(trace: Trace, untilUs: number): readonly string[] {
  const lines: string[] = [];
  for (let at = 0; at < trace.count; at++) {
    const row = trace.row(at);
    if (row.timeUs > untilUs) break;
    if (row.source === "emit") lines.push(formatRow(row));
  }
  return lines;
}

function formatRow({ timeUs, kind, process, a, b, c, d }: TraceRow): string {
  const { name, fields } = known.get(kind) ?? { name: `event ${kind}`, fields: [] };
  const numbers = [a, b, c, d];
  const text = fields.map((field, at) => `${field}=${numbers[at]}`).join(" ");
  return `${(timeUs / 1000).toFixed(3).padStart(10)} ms  p${process}  ${name} ${text}`.trimEnd();
}

type Known = { readonly name: string; readonly fields: readonly string[] };

const known: ReadonlyMap<number, Known> = new Map<number, Known>([
  ...Object.entries(eventKinds).map(([name, kind]): [number, Known] => {
    const fields = eventFields[name as keyof typeof eventFields].filter((field) => field !== "");
    return [kind, { name, fields }];
  }),
  ...Object.entries(kernelEvents).map(([name, { kind, fields }]): [number, Known] => [
    kind,
    { name, fields },
  ]),
]);
