// Single-letter keys: only while a list has the focus, only when they are switched on, and never when
// they are the beginning of a scan (WCAG 2.1.4).
import { GAP } from "./scanner";

/** Makes a handler of keys. It says whether it took one; the letter works once nothing follows it. */
export function letterKeys(on: () => boolean, keys: Record<string, () => void>): (event: KeyboardEvent) => boolean {
  let waiting: ReturnType<typeof setTimeout> | undefined;
  return (event) => {
    clearTimeout(waiting);
    const run = keys[event.key.toLowerCase()];
    if (!on() || event.ctrlKey || event.altKey || event.metaKey || !run) return false;
    waiting = setTimeout(run, GAP);
    return true;
  };
}
