// A synchronisation somebody asked for ends in something they see.
import type { StatusView } from "../bindings/StatusView";
import { clockOf } from "../shared/dates";
import { errorText, t } from "../shared/words";
import { ask, asError } from "../host";
import { desk } from "./desk.svelte";

/** How long to wait for an answer, in milliseconds, and how often to look. */
const PATIENCE = 30_000;
const PACE = 400;

const BROKEN = ["offline", "failing", "protocol", "unauthorized"];

/** How it ended, as far as a status tells; null while it goes on. */
export function ended(before: StatusView, now: StatusView): "done" | "failed" | null {
  if (now.data_at && now.data_at >= before.now) return "done";
  // A failure from before was told with another time for the next attempt.
  if (BROKEN.includes(now.link) && now.retry_at !== null && now.retry_at !== before.retry_at) return "failed";
  return null;
}

class Sync {
  said = $state("");
  busy = $state(false);

  async start(): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    this.said = t("sync-started");
    try {
      const before = await ask({ kind: "status" }, "status");
      desk.status = await ask({ kind: "sync_now" }, "status");
      this.said = await this.result(before);
    } catch (thrown) {
      this.said = errorText(asError(thrown));
    } finally {
      this.busy = false;
    }
  }

  private async result(before: StatusView): Promise<string> {
    for (let waited = 0; waited < PATIENCE; waited += PACE) {
      await new Promise((again) => setTimeout(again, PACE));
      await desk.refresh();
      const now = desk.status;
      const how = now && ended(before, now);
      if (now && how === "done") return t("sync-done", { time: clockOf(now.data_at ?? now.now) });
      if (now && how === "failed") return t("sync-failed", { why: t(`link-${now.link}`) });
    }
    return t("sync-silent");
  }
}

export const sync = new Sync();
