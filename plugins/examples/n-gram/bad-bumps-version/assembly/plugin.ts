import {
  FrameWriter,
  PluginError,
  Range,
  replyDescription,
} from "../../../../sdk/assemblyscript/assembly/index";
import { documentSpan } from "../../assembly/keys";
import { NGram, Version } from "../../assembly/n-gram";
import { Name, Request } from "../../assembly/request";

/**
 * The bug: a version that is taken gets the next free one, "so that no update is lost". A retry
 * finds its own first attempt, and writes the document a second time.
 */
class BumpsVersion extends NGram {
  put(request: Request, ranges: Range[], into: FrameWriter): PluginError | null {
    const found = new Array<Version[]>();
    const span = documentSpan(request.index, request.name.document);
    const error = this.readVersions(request.index, span, ranges, found);
    if (error !== null) return error;
    let version = request.name.version;
    for (let range = 0; range < found.length; range++) {
      for (let at = 0; at < found[range].length; at++) {
        if (found[range][at].name.version === version) version += 1;
      }
    }
    request.name = new Name(request.name.document, version);
    return super.put(request, ranges, into);
  }
}

const plugin = new BumpsVersion();

export function copr_describe(): void {
  replyDescription("n-gram", "1.0.0");
}

export function copr_create(): void {}

export function copr_handle(length: i32): void {
  plugin.handle(length);
}

export function copr_destroy(): void {}
