// The region on paper: a projection of our own, enough for 200 km, and a coast drawn by hand.
import type { SiteView } from "../bindings/SiteView";

export interface Point {
  lat: number;
  lon: number;
}

/** Width and height of the drawing, in its own units. */
export const WIDTH = 1000;
export const HEIGHT = 520;

const WEST = 7.42;
const EAST = 10.14;
const NORTH = 44.72;
// Degrees of longitude are shorter than those of latitude: true at the middle of the region.
const SHORTER = Math.cos((44.2 * Math.PI) / 180);
const SCALE = WIDTH / ((EAST - WEST) * SHORTER);

/** Where a point is drawn (plate carrée, true to scale at 44.2° north). */
export function drawn({ lat, lon }: Point): { x: number; y: number } {
  return { x: (lon - WEST) * SHORTER * SCALE, y: (NORTH - lat) * SCALE };
}

// From Mentone to the mouth of the Magra; for orientation, not for navigation.
const COAST: [number, number][] = [
  [43.77, 7.42], [43.776, 7.5], [43.785, 7.53], [43.788, 7.61], [43.774, 7.67], [43.815, 7.775], [43.822, 7.83],
  [43.842, 7.87], [43.855, 7.965], [43.872, 8.017], [43.886, 8.04], [43.907, 8.083], [43.926, 8.117], [43.957, 8.171],
  [43.978, 8.162], [44.004, 8.172], [44.05, 8.226], [44.091, 8.235], [44.128, 8.262], [44.148, 8.285], [44.168, 8.345],
  [44.196, 8.421], [44.206, 8.416], [44.227, 8.42], [44.244, 8.447], [44.268, 8.441], [44.305, 8.487], [44.326, 8.507],
  [44.342, 8.548], [44.358, 8.577], [44.388, 8.647], [44.402, 8.688], [44.426, 8.75], [44.424, 8.81], [44.42, 8.85],
  [44.407, 8.887], [44.409, 8.92], [44.393, 8.945], [44.38, 9.04], [44.36, 9.143], [44.347, 9.152], [44.322, 9.146],
  [44.299, 9.218], [44.335, 9.214], [44.348, 9.23], [44.337, 9.267], [44.313, 9.32], [44.305, 9.345], [44.27, 9.388],
  [44.25, 9.405], [44.238, 9.49], [44.218, 9.518], [44.183, 9.58], [44.17, 9.606], [44.134, 9.637], [44.145, 9.65],
  [44.135, 9.683], [44.098, 9.737], [44.05, 9.833], [44.04, 9.846], [44.065, 9.843], [44.1, 9.825], [44.103, 9.86],
  [44.075, 9.91], [44.036, 9.975], [44.045, 9.99], [44.04, 10.03], [44.02, 10.14],
];

/** The coast as the path of a line, and of the sea below it. */
export function coast(): { line: string; sea: string } {
  const points = COAST.map(([lat, lon]) => drawn({ lat, lon })).map(({ x, y }) => `${x.toFixed(1)},${y.toFixed(1)}`);
  const line = `M${points.join("L")}`;
  return { line, sea: `${line}L${WIDTH},${HEIGHT}L0,${HEIGHT}Z` };
}

/** The sites of one municipality together: on the map they are one circle, in the table one group. */
export interface Town extends Point {
  name: string;
  free: number;
  km: number | null;
  sites: SiteView[];
}

/** Towns in the order of their first site. */
export function towns(sites: SiteView[]): Town[] {
  const found = new Map<string, Town>();
  for (const site of sites) {
    const town = found.get(site.municipality) ?? { name: site.municipality, free: 0, km: null, lat: 0, lon: 0, sites: [] };
    town.sites.push(site);
    town.free += site.free;
    town.km = site.km === null ? town.km : Math.min(site.km, town.km ?? site.km);
    // The middle of its sites.
    town.lat += (site.lat - town.lat) / town.sites.length;
    town.lon += (site.lon - town.lon) / town.sites.length;
    found.set(site.municipality, town);
  }
  return [...found.values()];
}

/** Radius of a circle whose growth in area goes with the count, wide enough for its figure. */
export function radius(free: number, most: number): number {
  return 12 + 4 * String(free).length + 14 * Math.sqrt(free / Math.max(1, most));
}

/** A name beside its circle. */
export interface Label {
  name: string;
  x: number;
  y: number;
}

/** Height of a line of names, and the width of a letter, in the units of the drawing. */
const LINE = 26;
const LETTER = 12;

interface Box {
  left: number;
  right: number;
  top: number;
  bottom: number;
}

const apart = (one: Box, other: Box) =>
  one.right < other.left || other.right < one.left || one.bottom < other.top || other.bottom < one.top;

/** Names where there is room beside circles and the pin at the patient's home: right of the circle, left, below or above; none over another or a circle. */
export function labels(all: Town[], most: number, home: { x: number; y: number } | null = null): Label[] {
  const circles = all.map((town) => ({ town, ...drawn(town), r: radius(town.free, most) }));
  const taken: Box[] = circles.map(({ x, y, r }) => ({ left: x - r, right: x + r, top: y - r, bottom: y + r }));
  if (home) taken.push({ left: home.x - 15, right: home.x + 15, top: home.y - 46, bottom: home.y });
  const found: Label[] = [];
  for (const { town, x, y, r } of [...circles].sort((one, other) => other.town.free - one.town.free)) {
    const wide = town.name.length * LETTER;
    const places = [
      [x + r + 6, y - LINE / 2],
      [x - r - 6 - wide, y - LINE / 2],
      [x - wide / 2, y + r + 3],
      [x - wide / 2, y - r - 3 - LINE],
    ];
    for (const [left = 0, top = 0] of places) {
      const box = { left, right: left + wide, top, bottom: top + LINE };
      const inside = left >= 4 && box.right <= WIDTH - 4 && top >= 4 && box.bottom <= HEIGHT - 4;
      if (!inside || !taken.every((other) => apart(box, other))) continue;
      taken.push(box);
      found.push({ name: town.name, x: left, y: top + LINE * 0.78 });
      break;
    }
  }
  return found;
}
