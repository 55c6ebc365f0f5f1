import { describe, expect, it } from "vitest";

import { Burst, GAP } from "./scanner";

/** Types a text, so many milliseconds apart, from an instant on; gives what the last key gave. */
function type(burst: Burst, keys: string[], apart: number, from = 1000): string | null {
  let given: string | null = null;
  keys.forEach((key, index) => (given = burst.key(key, from + index * apart)));
  return given;
}

describe("a burst of keys", () => {
  it("is a scan when it is fast and ends with Enter or Tab", () => {
    expect(type(new Burst(), [..."0700A", "Enter"], 4)).toBe("0700A");
    expect(type(new Burst(), [..."RSSMRA80A01D969Z", "Tab"], GAP)).toBe("RSSMRA80A01D969Z");
  });

  it("is no scan when it is typed by hand", () => {
    expect(type(new Burst(), [..."RSSMRA80A01D969Z", "Enter"], GAP + 1)).toBeNull();
  });

  it("is no scan when it is shorter than anything that is scanned", () => {
    expect(type(new Burst(), [..."0700", "Enter"], 4)).toBeNull();
  });

  it("is no scan when a hand presses Enter some time after it", () => {
    const burst = new Burst();
    type(burst, [..."0700A"], 4);
    expect(burst.key("Enter", 5000)).toBeNull();
  });

  it("keeps shifted keys together", () => {
    expect(type(new Burst(), ["Shift", "R", "S", "Shift", "S", "M", "R", "Enter"], 4)).toBe("RSSMR");
  });

  it("owns the second of two closing keys", () => {
    const burst = new Burst();
    expect(type(burst, [..."0700A", "Enter"], 4)).toBe("0700A");
    expect(burst.key("Enter", 1030)).toBe("");
    expect(burst.key("Enter", 3000)).toBeNull();
  });

  it("may follow another at once", () => {
    const burst = new Burst();
    expect(type(burst, [..."0700A", "Enter"], 4)).toBe("0700A");
    expect(type(burst, [..."4754280001", "Enter"], 4, 1030)).toBe("4754280001");
  });
});
