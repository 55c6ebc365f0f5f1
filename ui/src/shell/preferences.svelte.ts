// How the screens look and behave at this desk. The desk keeps them, unlocked or not.
import type { Preferences } from "../bindings/Preferences";
import type { RpcError } from "../bindings/RpcError";
import { ask, asError, host } from "../host";
import { locale } from "../shared/locale.svelte";

const ZOOMS = [50, 67, 75, 80, 90, 100, 110, 125, 150, 175, 200, 250, 300, 400];

class Chosen {
  now = $state<Preferences>({
    language: "it",
    zoom: 100,
    high_contrast: false,
    dense: false,
    letter_keys: true,
    lock_minutes: 10,
  });
  error = $state<RpcError | undefined>();

  async load(): Promise<void> {
    try {
      this.show(await ask({ kind: "preferences" }, "preferences"));
    } catch (thrown) {
      this.error = asError(thrown);
    }
  }

  async change(part: Partial<Preferences>): Promise<void> {
    this.error = undefined;
    const wanted = { ...this.now, ...part };
    // Seen at once, kept afterwards: what cannot be kept is still seen.
    this.show(wanted);
    try {
      await ask({ kind: "set_preferences", preferences: wanted }, "preferences");
    } catch (thrown) {
      this.error = asError(thrown);
    }
  }

  /** The next zoom up or down. */
  zoom(up: boolean): Promise<void> {
    const at = this.now.zoom;
    const next = up ? ZOOMS.find((zoom) => zoom > at) : ZOOMS.findLast((zoom) => zoom < at);
    return this.change({ zoom: next ?? at });
  }

  private show(preferences: Preferences): void {
    if (preferences.zoom !== this.now.zoom) host.zoom(preferences.zoom);
    this.now = preferences;
    locale.language = preferences.language;
    const page = document.documentElement;
    page.lang = preferences.language;
    page.classList.toggle("contrast", preferences.high_contrast);
    page.classList.toggle("dense", preferences.dense);
  }
}

export const chosen = new Chosen();
export const zooms = ZOOMS;
