/** The aggregate plugin as trusted TypeScript: the same bytes as `../good` for the same request. */
import {
  hostBuildInfo,
  type KeyRange,
  type KvPair,
  type PluginError,
  type PreparedPlugin,
} from "../../../api.ts";
import { type HandlerResult, inProcessPlugin, type PluginTask } from "../../../host/in-process.ts";
import { decodeRequest, encodeResponse } from "../codec.ts";
import { foldRows } from "../model.ts";

/** `aggregate` 1.0.0 for the in-process host. */
export const aggregatePlugin: PreparedPlugin = inProcessPlugin({
  info: { name: "aggregate", version: "1.0.0" },
  build: hostBuildInfo,
  create: () =>
    function* handle(ranges, data, storage): PluginTask<HandlerResult> {
      const decoded = decodeRequest(data);
      if (decoded.kind === "badRequest") {
        return { kind: "response", data: encodeResponse(decoded) };
      }
      const rows: KvPair[] = [];
      for (const range of joinRanges(ranges)) {
        const answer = yield* storage.scan(range);
        if (answer.kind === "error") return answer;
        for (const pair of answer.value) {
          if (!isRowOf(pair, range)) return { kind: "error", error: partWay };
          rows.push(pair);
        }
      }
      return { kind: "response", data: encodeResponse(foldRows(decoded.request, rows)) };
    },
});

const partWay: PluginError = { kind: "other", text: "scan failed part-way", handle: 0 };

/** A node puts an empty pair where a read failed. */
function isRowOf({ key, value }: KvPair, { start, end }: KeyRange): boolean {
  if (key === "" && value.length === 0) return false;
  return key >= start && (end === "" || key < end);
}

/** Empty and inverted ranges left out, overlapping ones joined, in key order. */
function joinRanges(ranges: readonly KeyRange[]): readonly KeyRange[] {
  const inhabited = ranges.filter(({ start, end }) => end === "" || start < end);
  const joined: { start: string; end: string }[] = [];
  for (const { start, end } of inhabited.sort(byStart)) {
    const last = joined.at(-1);
    if (last === undefined || (last.end !== "" && start >= last.end)) joined.push({ start, end });
    else if (last.end !== "" && (end === "" || end > last.end)) last.end = end;
  }
  return joined;
}

function byStart(a: KeyRange, b: KeyRange): number {
  if (a.start === b.start) return 0;
  return a.start < b.start ? -1 : 1;
}
