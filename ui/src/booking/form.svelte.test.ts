import { expect, test } from "vitest";

import { Filters } from "./filters.svelte";
import type { PatientCheck } from "../bindings/PatientCheck";
import { Form } from "./form.svelte";

const person = (id: string, surname = "") =>
  ({ id, surname, given_name: "", birth_date: null, sex: null, municipality: null, phone: "" }) as unknown as PatientCheck;

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
  form.known(person("RSSMRA80A01D969Z"));
  form.surname = "Rossi";
  form.services = [{ code: "89.7A.3", name: "Visita cardiologica" }];
  const kept = form.keep();
  form.clear();
  form.takeUp(kept);
  expect(form.surname).toBe("Rossi");
  expect(form.services).toEqual([{ code: "89.7A.3", name: "Visita cardiologica" }]);
  expect(form.touched).toBe(true);
});

test("nothing of one person stands beside the code of another, once it is one", () => {
  const form = new Form();
  form.known(person("RSSMRA80A01D969Z"));
  form.surname = "Rossi";
  form.phone = "010 1234567";
  // The same code in other letters is the same person.
  form.id = "rssmra80a01d969z";
  expect(form.another).toBe(false);
  // While another is typed nothing goes away, and nothing is asked with it.
  form.id = "VRDLGI75B41D969";
  expect(form.asked.surname).toBe("");
  expect(form.surname).toBe("Rossi");
  form.known(person("VRDLGI75B41D969K", "Verdi"));
  expect(form.surname).toBe("Verdi");
  expect(form.phone).toBe("");
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
