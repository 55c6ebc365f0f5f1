// When a place is lost: which of the others come nearest to it.
import type { FoundRow } from "../bindings/FoundRow";

/** The same offer, wherever it stands in a list. */
export const keyOf = (row: FoundRow): string =>
  row.spans.map((span) => `${span.schedule}/${span.start}/${span.place}`).join("+");

const DAY = 86_400_000;
const at = (row: FoundRow): number => Date.parse(`${row.wall}Z`);

/** Days apart; another site counts as one day, and thirty kilometres more as another. */
function apart(one: FoundRow, lost: FoundRow): number {
  const days = Math.abs(at(one) - at(lost)) / DAY;
  if (one.location_id === lost.location_id) return days;
  return days + 1 + Math.max(0, (one.km ?? 0) - (lost.km ?? 0)) / 30;
}

/** The nearest to a lost place, those inside the class's limit first. */
export function nearest(rows: FoundRow[], lost: FoundRow, count = 3): FoundRow[] {
  const rank = (row: FoundRow) => (row.in_time === false ? 1 : 0);
  return rows
    .filter((row) => keyOf(row) !== keyOf(lost))
    .sort((one, other) => rank(one) - rank(other) || apart(one, lost) - apart(other, lost))
    .slice(0, count);
}
