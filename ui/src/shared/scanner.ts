// A scanner is a keyboard that types faster than any hand and ends with Enter or Tab. Slow typing is no scan.

/** The longest pause between two keys of a scan, in milliseconds. */
export const GAP = 60;
/** The shortest thing that is scanned here: half of an NRE. */
const SHORTEST = 5;
/** Some scanners end with two keys (CR and LF): the second is theirs too. */
const TAIL = 150;

/** Tells scans from typing by the time of the keys. */
export class Burst {
  private text = "";
  private last = -Infinity;
  private ended = -Infinity;

  /**
   * Takes a key and its time in milliseconds. Gives the text of the scan that the key ends; an empty
   * text when the key is the tail of one that has ended.
   */
  key(key: string, at: number): string | null {
    const fast = at - this.last <= GAP;
    if (key === "Enter" || key === "Tab") {
      const text = this.text;
      this.text = "";
      if (text === "" && at - this.ended <= TAIL) return "";
      if (!fast || text.length < SHORTEST) return null;
      this.ended = at;
      return text;
    }
    if ([...key].length !== 1) return null;
    this.text = fast ? this.text + key : key;
    this.last = at;
    return null;
  }

  /** Whether keys are coming so fast that they may be a scan. */
  get running(): boolean {
    return this.text.length > 1;
  }
}

/** Whether what is typed into an element stays in it. */
export function editable(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
  );
}
