import { readdirSync, readFileSync } from "node:fs";

import { describe, expect, it } from "vitest";

import { dayOf, readDay, wallLong, wallShort } from "./dates";
import { errorText, stateWord, t } from "./words";

const codes = readFileSync("src/bindings/ErrorCode.ts", "utf8").match(/"[a-z-]+"/g) ?? [];

describe("words", () => {
  it("has a message for every error of the desk", () => {
    const missing = codes.map((code) => code.slice(1, -1)).filter((code) => t(`error-${code}`) === `error-${code}`);
    expect(codes.length).toBeGreaterThan(30);
    expect(missing).toEqual([]);
  });

  it("takes the words for states from the one table", () => {
    expect(stateWord("queued")).toBe("In coda – non confermata");
    expect(stateWord("needs_operator")).toBe("Da risolvere");
  });

  it("puts figures into errors", () => {
    const error = { code: "patient-id-check", field: "id", params: { expected: "E" } } as const;
    expect(errorText(error)).toContain("E");
  });

  it("has the same messages in both languages", () => {
    for (const file of readdirSync("locales/it")) {
      const ids = (locale: string) =>
        [...readFileSync(`locales/${locale}/${file}`, "utf8").matchAll(/^([a-z][a-z0-9-]*) =/gm)].map((match) => match[1]);
      expect(ids("en")).toEqual(ids("it"));
    }
  });
});

describe("dates", () => {
  it("are written as people in Italy write them", () => {
    expect(wallShort("2026-11-26T09:30")).toBe("gio 26/11/2026 09:30");
    expect(wallLong("2026-11-26T09:30")).toBe("giovedì 26/11/2026, ore 09:30");
    expect(dayOf("2026-11-26T09:30:00Z")).toBe("26/11/2026");
  });

  it("are read the way they are written, and only if they exist", () => {
    expect(readDay("26/11/2026")).toBe("2026-11-26");
    expect(readDay("1.2.2026")).toBe("2026-02-01");
    expect(readDay("26112026")).toBe("2026-11-26");
    expect(readDay("30/02/2026")).toBeNull();
    expect(readDay("domani")).toBeNull();
    expect(readDay("")).toBe("");
  });
});
