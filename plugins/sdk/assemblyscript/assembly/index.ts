// The whole of the AssemblyScript SDK for coprsim plugins.
export { compareBytes, compareSlice, startsWith } from "./bytes";
export { FrameReader, FrameWriter, Slice } from "./frame";
export { panic } from "./panic";
export {
  Answer,
  batchDelete,
  batchPut,
  get,
  Pair,
  PluginError,
  put,
  Range,
  Request,
  replyDescription,
  replyError,
  replyResponse,
  scan,
  takeRequest,
} from "./plugin";
export { clip, holds, isInside, joinRanges } from "./ranges";
