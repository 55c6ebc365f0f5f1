import { invoke } from "@tauri-apps/api/core";
import { listen } from "@tauri-apps/api/event";
import { getCurrentWebview } from "@tauri-apps/api/webview";

import type { Event } from "../bindings/Event";
import type { Reply } from "../bindings/Reply";
import type { Host } from "./index";

export function windowHost(): Host {
  const hear = <T>(channel: string, heard: (what: T) => void) => {
    const stop = listen<T>(channel, (event) => heard(event.payload));
    return () => void stop.then((end) => end());
  };
  return {
    rpc: (request) => invoke<Reply>("rpc", { request }),
    listen: (heard) => hear<Event>("lanterna", heard),
    menu: (chosen) => hear<string>("menu", chosen),
    zoom: (hundredths) => void getCurrentWebview().setZoom(hundredths / 100),
    zoomKeys: true,
  };
}
