// The whole of the AssemblyScript SDK for coprsim plugins.
export { FrameReader, FrameWriter } from "./frame";
export { panic } from "./panic";
export {
  Answer,
  get,
  PluginError,
  put,
  Range,
  replyDescription,
  replyError,
  replyResponse,
  Request,
  scan,
  takeRequest,
} from "./plugin";
