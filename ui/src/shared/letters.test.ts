import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { letterKeys } from "./letters";
import { GAP } from "./scanner";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const press = (key: string, more: Partial<KeyboardEvent> = {}) =>
  ({ key, ctrlKey: false, altKey: false, metaKey: false, ...more }) as KeyboardEvent;

test("a letter works once nothing follows it", () => {
  const run = vi.fn();
  const key = letterKeys(() => true, { m: run });
  expect(key(press("M"))).toBe(true);
  expect(run).not.toHaveBeenCalled();
  vi.advanceTimersByTime(GAP);
  expect(run).toHaveBeenCalledOnce();
});

test("a letter at the beginning of a scan does nothing", () => {
  const run = vi.fn();
  const key = letterKeys(() => true, { m: run });
  key(press("M"));
  vi.advanceTimersByTime(GAP - 1);
  key(press("R"));
  vi.advanceTimersByTime(GAP);
  expect(run).not.toHaveBeenCalled();
});

test("letters that are switched off, and letters with Control, are left to others", () => {
  const run = vi.fn();
  expect(letterKeys(() => false, { m: run })(press("m"))).toBe(false);
  expect(letterKeys(() => true, { m: run })(press("m", { ctrlKey: true }))).toBe(false);
  vi.advanceTimersByTime(GAP);
  expect(run).not.toHaveBeenCalled();
});
