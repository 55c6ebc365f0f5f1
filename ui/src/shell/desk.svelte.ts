// What every screen shares: the stage, the status bar, which screen is open, and what was scanned.
import type { DemoPrescription } from "../bindings/DemoPrescription";
import type { Event } from "../bindings/Event";
import type { StageView } from "../bindings/StageView";
import type { StatusView } from "../bindings/StatusView";
import { ask, asError, host } from "../host";
import { errorText } from "../shared/words";
import { chosen } from "./preferences.svelte";

export type Screen = "booking" | "queue" | "settings";

class DeskState {
  stage = $state<StageView | null>(null);
  status = $state<StatusView | null>(null);
  screen = $state<Screen>("booking");
  /** Said once to whoever uses a screen reader, and shown. */
  said = $state("");
  /** A prescription of the demonstration, to fill the form with. */
  ready = $state<DemoPrescription | null>(null);
  /** A booking to be shown in the queue. */
  wanted = $state<string | null>(null);
  /** A booking to be moved. */
  moving = $state<string | null>(null);
  /** A scan that came while the focus was elsewhere. */
  scan = $state<string | null>(null);
  /** The screens were open once: locked, they stay behind the lock with all that was typed. */
  opened = $state(false);
  private heard = new Set<(event: Event) => void>();

  start(): () => void {
    void chosen.load();
    void this.look();
    const stop = host.listen((event) => {
      if (event.kind === "preferences") void chosen.load();
      if (event.kind === "stage") void this.look();
      else void this.refresh();
      this.tell(event);
    });
    const timer = setInterval(() => void this.refresh(), 10_000);
    return () => {
      stop();
      clearInterval(timer);
    };
  }

  /** Hears news until the returned function is called. */
  listen(one: (event: Event) => void): () => void {
    this.heard.add(one);
    return () => this.heard.delete(one);
  }

  private tell(event: Event): void {
    // Behind a lock nothing can be fetched; it is all fetched when it opens.
    if (this.stage?.stage !== "locked") for (const one of this.heard) one(event);
  }

  /** Takes the desk's word for where it stands. */
  at(stage: StageView): void {
    const before = this.stage?.stage;
    this.stage = stage;
    if (stage.stage === "ready") this.opened = true;
    if (before === "locked" && stage.stage === "ready") {
      for (const kind of ["status", "availability", "scan"] as const) this.tell({ kind });
    }
  }

  async look(): Promise<void> {
    try {
      this.at(await ask({ kind: "stage" }, "stage"));
    } catch (thrown) {
      this.said = errorText(asError(thrown));
    }
    await this.refresh();
  }

  async refresh(): Promise<void> {
    const stage = this.stage?.stage;
    if (stage !== "first_download" && stage !== "ready") return;
    try {
      this.status = await ask({ kind: "status" }, "status");
      if (stage === "first_download" && this.status.data_at) this.at(await ask({ kind: "stage" }, "stage"));
    } catch (thrown) {
      this.said = errorText(asError(thrown));
    }
  }

  async lock(): Promise<void> {
    try {
      this.at(await ask({ kind: "lock" }, "stage"));
    } catch (thrown) {
      this.said = errorText(asError(thrown));
    }
  }

  async demoLink(up: boolean): Promise<void> {
    this.status = await ask({ kind: "demo_link", up }, "status");
  }

  open(screen: Screen): void {
    this.screen = screen;
  }

  show(number: string): void {
    this.wanted = number;
    this.screen = "queue";
  }

  move(number: string): void {
    this.moving = number;
    this.screen = "booking";
  }

  get online(): boolean {
    return this.status?.link === "online" || this.status?.link === "sending";
  }
}

export const desk = new DeskState();
