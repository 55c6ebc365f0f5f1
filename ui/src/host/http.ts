// The loopback host of the command line, for browser tests. The token stands in the fragment of the
// address, which never leaves the browser.
import type { Event } from "../bindings/Event";
import type { Host } from "./index";

/** Read where there is a page: the units run without one. */
function token(): string {
  return new URLSearchParams(globalThis.location?.hash.slice(1)).get("token") ?? "";
}

export function browserHost(): Host {
  const headers = { Authorization: `Bearer ${token()}` };
  return {
    async rpc(request) {
      const response = await fetch("/rpc", {
        method: "POST",
        headers: { ...headers, "Content-Type": "application/json" },
        body: JSON.stringify(request),
      });
      const body: unknown = await response.json();
      if (!response.ok) throw body;
      return body as Awaited<ReturnType<Host["rpc"]>>;
    },
    listen(heard) {
      const stop = new AbortController();
      void follow(headers, stop.signal, heard);
      return () => stop.abort();
    },
    menu: () => () => undefined,
    // A browser's own zoom is not to be had from a page: letters grow, and everything with them.
    zoom: (hundredths) => document.documentElement.style.setProperty("font-size", `${(15 * hundredths) / 100}px`),
    zoomKeys: false,
  };
}

async function follow(headers: HeadersInit, signal: AbortSignal, heard: (event: Event) => void): Promise<void> {
  while (!signal.aborted) {
    try {
      const response = await fetch("/events", { headers, signal });
      const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
      let tail = "";
      for (;;) {
        const part = await reader?.read();
        if (!part || part.done) break;
        tail += part.value;
        const events = tail.split("\n\n");
        tail = events.pop() ?? "";
        for (const event of events) {
          const data = event.split("\n").find((line) => line.startsWith("data:"));
          if (data) heard(JSON.parse(data.slice(5)) as Event);
        }
      }
    } catch {
      if (signal.aborted) return;
    }
    await new Promise((again) => setTimeout(again, 1000));
  }
}
