import { expect, test } from "vitest";

import { Filters } from "./filters.svelte";
import { Form } from "./form.svelte";

test("a new booking begins with nothing of the patient before", () => {
  const form = new Form();
  const draft = form.draft;
  form.id = "RSSMRA80A01D969Z";
  form.surname = "Rossi";
  form.services = [{ code: "89.7A.3", name: "Visita cardiologica" }];
  form.exemption = "E01";
  form.requestedAt = "2026-11-09T08:00:00Z";
  form.clear();
  const fresh = new Form();
  expect(form.patient).toEqual(fresh.patient);
  expect(form.prescription).toEqual(fresh.prescription);
  expect(form.requestedAt).toBeNull();
  expect(form.draft).not.toBe(draft);
});

test("a form that was put aside is taken up as it was", () => {
  const form = new Form();
  expect(form.touched).toBe(false);
  form.named("RSSMRA80A01D969Z");
  form.surname = "Rossi";
  form.services = [{ code: "89.7A.3", name: "Visita cardiologica" }];
  const kept = form.keep();
  form.clear();
  form.takeUp(kept);
  expect(form.surname).toBe("Rossi");
  expect(form.services).toEqual([{ code: "89.7A.3", name: "Visita cardiologica" }]);
  expect(form.touched).toBe(true);
});

test("nothing of one person stands beside the code of another", () => {
  const form = new Form();
  form.named("rssmra80a01d969z");
  form.surname = "Rossi";
  form.phone = "010 1234567";
  form.named("RSSMRA80A01D969Z");
  expect(form.surname).toBe("Rossi");
  const asked = form.named("VRDLGI75B41D969K");
  expect(asked.surname).toBe("");
  expect(form.phone).toBe("");
  expect(form.id).toBe("VRDLGI75B41D969K");
});

test("cleared filters keep no place out; widening keeps the order", () => {
  const filters = new Filters();
  filters.km = 10;
  filters.site = { id: 7, name: "Ospedale" };
  filters.view = "map";
  filters.part = "morning";
  filters.sort = "distance";
  filters.widen();
  expect(filters.narrow).toBe(false);
  expect(filters.sort).toBe("distance");
  expect(filters.query(new Form()).location).toBeNull();
  filters.clear();
  expect(filters.sort).toBe("date");
  // Looking otherwise keeps no place out.
  expect(filters.view).toBe("map");
});
