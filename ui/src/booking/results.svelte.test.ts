import { expect, test } from "vitest";

import type { Found } from "../bindings/Found";
import type { FoundRow } from "../bindings/FoundRow";
import type { SearchQuery } from "../bindings/SearchQuery";
import { PAGE, Results } from "./results.svelte";

/** A region with so many places, and the offsets that were asked for. */
function region(places: { count: number }) {
  const asked: number[] = [];
  const results = new Results((query) => {
    asked.push(query.offset);
    const rows = Array.from({ length: Math.max(0, Math.min(PAGE, places.count - query.offset)) }, (_, at) => ({
      schedule: `${query.sort} ${query.offset + at}`,
    })) as FoundRow[];
    return Promise.resolve({ rows, more: query.offset + PAGE < places.count } as Found);
  });
  return { results, asked };
}

const query = { sort: "date" } as SearchQuery;

test("pages come one after the other until there are no more", async () => {
  const { results, asked } = region({ count: PAGE * 2 + 7 });
  await results.look(query);
  expect(results.more).toBe(true);
  await results.next();
  await results.next();
  await results.next();
  expect(asked).toEqual([0, PAGE, PAGE * 2]);
  expect(results.rows).toHaveLength(PAGE * 2 + 7);
  expect(results.more).toBe(false);
});

test("another question begins a new list", async () => {
  const { results } = region({ count: PAGE * 3 });
  await results.look(query);
  await results.next();
  await results.look({ ...query, sort: "distance" });
  expect(results.rows).toHaveLength(PAGE);
  expect(results.rows[0]?.schedule).toBe("distance 0");
});

test("after news only what is on the screen is fetched, and the rest when it comes there", async () => {
  const { results, asked } = region({ count: PAGE * 5 });
  await results.look(query);
  for (let page = 1; page < 5; page += 1) await results.next();
  results.see([2, 3]);
  asked.length = 0;
  await results.refresh();
  expect(asked).toEqual([0, PAGE * 2, PAGE * 3]);
  asked.length = 0;
  results.see([3, 4]);
  await Promise.resolve();
  expect(asked).toEqual([PAGE * 4]);
  results.see([3, 4]);
  expect(asked).toEqual([PAGE * 4]);
});

test("a list that became shorter ends where the places end", async () => {
  const places = { count: PAGE * 2 + 10 };
  const { results } = region(places);
  await results.look(query);
  await results.next();
  await results.next();
  places.count = PAGE + 3;
  results.see([1, 2]);
  await results.refresh();
  expect(results.rows).toHaveLength(PAGE + 3);
  expect(results.more).toBe(false);
});

test("a question that fails keeps what was found before", async () => {
  let fail = false;
  const results = new Results(() =>
    fail ? Promise.reject({ code: "storage", field: null, params: {} }) : Promise.resolve({ rows: [{}], more: false } as Found),
  );
  await results.look(query);
  fail = true;
  await results.look({ ...query, sort: "facility" });
  expect(results.error?.code).toBe("storage");
  expect(results.rows).toHaveLength(1);
});
