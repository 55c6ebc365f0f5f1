import { expect, test } from "vitest";

import type { SiteView } from "../bindings/SiteView";
import { HEIGHT, WIDTH, drawn, labels, radius, towns } from "./geography";

const site = (municipality: string, free: number, lat: number, km: number | null = null) =>
  ({ location: 1, name: "", municipality, lat, lon: 8, km, free, first: null }) as SiteView;

test("the ends of the region lie inside the drawing, west to the left and north above", () => {
  const ventimiglia = drawn({ lat: 43.79, lon: 7.61 });
  const sarzana = drawn({ lat: 44.11, lon: 9.96 });
  const rossiglione = drawn({ lat: 44.56, lon: 8.67 });
  for (const { x, y } of [ventimiglia, sarzana, rossiglione]) {
    expect(x).toBeGreaterThan(0);
    expect(x).toBeLessThan(WIDTH);
    expect(y).toBeGreaterThan(0);
    expect(y).toBeLessThan(HEIGHT);
  }
  expect(ventimiglia.x).toBeLessThan(sarzana.x);
  expect(rossiglione.y).toBeLessThan(sarzana.y);
});

test("the same distance is as long on both axes", () => {
  const here = drawn({ lat: 44.2, lon: 9 });
  const north = drawn({ lat: 44.3, lon: 9 });
  const east = drawn({ lat: 44.2, lon: 9 + 0.1 / Math.cos((44.2 * Math.PI) / 180) });
  expect(here.y - north.y).toBeCloseTo(east.x - here.x, 6);
});

test("sites of one municipality are one circle with the sum of their places", () => {
  const found = towns([site("Genova", 3, 44.4, 8), site("Savona", 2, 44.3), site("Genova", 4, 44.42, 5)]);
  expect(found.map((town) => [town.name, town.free, town.km])).toEqual([
    ["Genova", 7, 5],
    ["Savona", 2, null],
  ]);
  expect(found[0]?.lat).toBeCloseTo(44.41, 6);
});

test("more places make a greater circle, and every figure fits into its own", () => {
  const sizes = [1, 9, 10, 99, 100, 999, 1000, 9999].map((free) => radius(free, 9999));
  expect([...sizes].sort((one, other) => one - other)).toEqual(sizes);
  // Half the width of four digits of 22 units.
  expect(radius(1000, 99999)).toBeGreaterThan(4 * 6);
});

test("names stand beside their circles and never over one another", () => {
  const close = towns([site("Genova", 90, 44.4), site("Savona", 50, 44.405), site("Recco", 10, 44.38)]);
  const found = labels(close, 90);
  expect(found[0]?.name).toBe("Genova");
  const boxes = found.map(({ name, x, y }) => ({ x, y, right: x + name.length * 12 }));
  for (const one of boxes)
    for (const other of boxes)
      if (one !== other) expect(Math.abs(one.y - other.y) >= 26 || one.right < other.x || other.right < one.x).toBe(true);
});
