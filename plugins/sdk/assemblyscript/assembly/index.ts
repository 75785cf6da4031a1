// The whole of the AssemblyScript SDK for coprsim plugins.
export { FrameReader, FrameWriter, Slice } from "./frame";
export { panic } from "./panic";
export {
  Answer,
  get,
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
