/** Large documents are read here, so that a hostile one blocks nobody and can be ended from outside. */
import { parseFeed, type ParseOptions } from "./parse.ts"

declare const self: Worker
self.onmessage = (event: MessageEvent<{ bytes: Uint8Array; options: ParseOptions }>) => {
  self.postMessage(parseFeed(event.data.bytes, event.data.options))
}
