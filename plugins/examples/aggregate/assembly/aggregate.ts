import {
  FrameWriter,
  isInside,
  joinRanges,
  PluginError,
  Range,
  replyError,
  replyResponse,
  Slice,
  scan,
  startsWith,
  takeRequest,
} from "../../../sdk/assemblyscript/assembly/index";
import { Query, Reason, readQuery, Wants } from "./query";
import { Totals } from "./totals";

/** The aggregate plugin. The bad twins override one method each; nothing else differs. */
export class Aggregate {
  /** Answers one request. */
  handle(length: i32): void {
    const request = takeRequest(length);
    const query = this.read(request.data);
    if (query.reason !== Reason.none) {
      replyResponse(refusal(query));
      return;
    }
    const totals = new Totals(query.wants & Wants.top ? query.top : 0, query.smallestFirst);
    const ranges = joinRanges(request.ranges);
    for (let at = 0; at < ranges.length; at++) {
      const error = this.addRange(ranges[at], query.prefix, totals);
      if (error !== null) {
        replyError(error);
        return;
      }
    }
    replyResponse(this.response(query, totals));
  }

  read(data: Uint8Array): Query {
    return readQuery(data);
  }

  /** Adds one range's rows. A storage error is returned as it came. */
  addRange(range: Range, prefix: Uint8Array, totals: Totals): PluginError | null {
    const answer = scan(range);
    if (answer.error !== null) return answer.error;
    const pairs = answer.result;
    const key = new Slice();
    const value = new Slice();
    for (let left = pairs.count(8); left > 0; left--) {
      pairs.slice(key);
      pairs.slice(value);
      // A node puts an empty pair where a read failed; it is no row, and the answer is not whole.
      const failed = key.length === 0 && value.length === 0;
      if (failed || !isInside(key, range)) return PluginError.other("scan failed part-way");
      if (!startsWith(key, prefix)) continue;
      if (value.length === 8) totals.add(key, load<i64>(value.pointer));
      else totals.skipped += 1;
    }
    return null;
  }

  response(query: Query, totals: Totals): FrameWriter {
    const into = new FrameWriter();
    const wants = query.wants;
    into.u8(1);
    into.u8(0);
    into.u8(wants);
    into.u8(query.smallestFirst ? 1 : 0);
    into.u16(query.top);
    into.u64(totals.skipped);
    if (wants & Wants.count) into.u64(totals.count);
    if (wants & Wants.sum) {
      into.u64(totals.sum.low);
      into.i64(totals.sum.high);
    }
    if (wants & Wants.min) writeOptional(into, totals.count, totals.min);
    if (wants & Wants.max) writeOptional(into, totals.count, totals.max);
    if (wants & Wants.average) this.writeAverage(into, totals);
    if (wants & Wants.top) writeEntries(into, totals);
    return into;
  }

  /** Sum and count: only the client, who has every part, may divide. */
  writeAverage(into: FrameWriter, totals: Totals): void {
    into.u64(totals.sum.low);
    into.i64(totals.sum.high);
    into.u64(totals.count);
  }
}

function refusal(query: Query): FrameWriter {
  const into = new FrameWriter();
  into.u8(1);
  into.u8(1);
  into.u8(query.reason);
  into.u32(query.offset);
  return into;
}

function writeOptional(into: FrameWriter, count: u64, value: i64): void {
  into.u8(count === 0 ? 0 : 1);
  if (count !== 0) into.i64(value);
}

function writeEntries(into: FrameWriter, totals: Totals): void {
  into.u32(totals.entries.length);
  for (let at = 0; at < totals.entries.length; at++) {
    into.blob(totals.entries[at].key);
    into.i64(totals.entries[at].value);
  }
}
