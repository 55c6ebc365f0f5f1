import { invoke } from "@tauri-apps/api/core";
import { listen } from "@tauri-apps/api/event";

import type { Event } from "../bindings/Event";
import type { Reply } from "../bindings/Reply";
import type { Host } from "./index";

export function windowHost(): Host {
  return {
    rpc: (request) => invoke<Reply>("rpc", { request }),
    listen(heard) {
      const stop = listen<Event>("lanterna", (event) => heard(event.payload));
      return () => void stop.then((end) => end());
    },
  };
}
