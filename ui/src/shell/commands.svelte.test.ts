import { expect, test, vi } from "vitest";

import { Commands, written } from "./commands.svelte";

const event = (key: string, more: Partial<KeyboardEvent> = {}) => ({
  key,
  code: "",
  ctrlKey: false,
  altKey: false,
  metaKey: false,
  ...more,
});

test("keys are written as the help shows them", () => {
  expect(written(event("F9"))).toBe("F9");
  expect(written(event("p", { ctrlKey: true }))).toBe("Ctrl+P");
  expect(written(event("+", { ctrlKey: true }))).toBe("Ctrl++");
  // On a Mac the option key writes another sign.
  expect(written(event("¡", { altKey: true, code: "Digit1" }))).toBe("Alt+1");
});

test("a command that cannot be done now is not done", () => {
  const commands = new Commands();
  const run = vi.fn();
  let ready = false;
  commands.add([{ id: "confirm", key: "F9", run, ready: () => ready }]);
  commands.run("confirm");
  expect(run).not.toHaveBeenCalled();
  ready = true;
  commands.run("confirm");
  expect(run).toHaveBeenCalledOnce();
});

test("commands stand in the order of their keys and go with their screen", () => {
  const commands = new Commands();
  const gone = commands.add([{ id: "confirm", key: "F9", run: () => undefined }]);
  commands.add([{ id: "lock", run: () => undefined }, { id: "help", key: "F1", run: () => undefined }]);
  expect(commands.all.map((one) => one.id)).toEqual(["help", "confirm", "lock"]);
  gone();
  expect(commands.all.map((one) => one.id)).toEqual(["help", "lock"]);
});

test("of two commands with one key the one that can be done is done", () => {
  const commands = new Commands();
  const [here, there] = [vi.fn(), vi.fn()];
  commands.add([
    { id: "print", key: "Ctrl+P", run: here, ready: () => false },
    { id: "reprint", key: "Ctrl+P", run: there },
  ]);
  vi.stubGlobal("document", { querySelector: () => null });
  expect(commands.press({ ...event("p", { ctrlKey: true }) } as KeyboardEvent)).toBe(true);
  expect(commands.press({ ...event("x") } as KeyboardEvent)).toBe(false);
  vi.unstubAllGlobals();
  expect(here).not.toHaveBeenCalled();
  expect(there).toHaveBeenCalledOnce();
});
