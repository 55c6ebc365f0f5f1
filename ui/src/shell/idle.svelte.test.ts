import { beforeEach, expect, test, vi } from "vitest";

import { Idle } from "./idle.svelte";

let now = 0;
let minutes = 10;
const lock = vi.fn();
const idle = () => new Idle(() => minutes, lock, () => now);

beforeEach(() => {
  now = 0;
  minutes = 10;
  lock.mockReset();
});

test("a minute before the lock it warns, then it locks", () => {
  const one = idle();
  now = 539_000;
  one.look();
  expect(one.left).toBeNull();
  now = 541_000;
  one.look();
  expect(one.left).toBe(59);
  now = 600_000;
  one.look();
  expect(lock).toHaveBeenCalledOnce();
});

test("whoever answers the warning has the whole time again", () => {
  const one = idle();
  now = 570_000;
  one.look();
  one.touched();
  one.look();
  expect(one.left).toBe(30);
  one.stay();
  now = 600_000;
  one.look();
  expect(one.left).toBeNull();
  expect(lock).not.toHaveBeenCalled();
});

test("every touch begins the time anew", () => {
  const one = idle();
  now = 500_000;
  one.touched();
  now = 600_000;
  one.look();
  expect(one.left).toBeNull();
});

test("a machine that slept through its time locks at once, and 0 never locks", () => {
  const one = idle();
  now = 9_000_000;
  minutes = 0;
  one.look();
  expect(lock).not.toHaveBeenCalled();
  minutes = 10;
  now = 18_000_000;
  one.look();
  expect(lock).toHaveBeenCalledOnce();
});
