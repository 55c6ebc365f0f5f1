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

test("cleared filters keep no place out; widening keeps the order", () => {
  const filters = new Filters();
  filters.km = 10;
  filters.part = "morning";
  filters.sort = "distance";
  filters.widen();
  expect(filters.narrow).toBe(false);
  expect(filters.sort).toBe("distance");
  filters.clear();
  expect(filters.sort).toBe("date");
});
