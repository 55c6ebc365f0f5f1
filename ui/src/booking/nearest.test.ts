import { expect, test } from "vitest";

import type { FoundRow } from "../bindings/FoundRow";
import { nearest } from "./nearest";

const row = (start: number, wall: string, location_id: number, more: Partial<FoundRow> = {}) =>
  ({ spans: [{ schedule: location_id, start, place: 0, minutes: 15 }], wall, location_id, km: 5, in_time: true, ...more }) as FoundRow;

const lost = row(0, "2026-11-10T09:00", 1);

test("the nearest to a lost place are those of its site on the next days, then those close by", () => {
  const later = row(1, "2026-11-11T09:00", 1);
  const elsewhere = row(2, "2026-11-10T10:00", 2);
  const far = row(3, "2026-11-10T10:00", 3, { km: 95 });
  expect(nearest([far, elsewhere, later, lost], lost)).toEqual([later, elsewhere, far]);
});

test("a place beyond the limit comes after all inside it, and the lost one never", () => {
  const beyond = row(1, "2026-11-10T09:15", 1, { in_time: false });
  const inside = row(2, "2026-11-18T09:00", 2);
  expect(nearest([lost, beyond, inside], lost)).toEqual([inside, beyond]);
});
