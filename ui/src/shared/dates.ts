// Dates as people in Italy write them. Wall times come from the desk and are never converted here.
import { t } from "./words";

/** Day, time and weekday (0 is Monday) of a wall time. */
function parts(wall: string): { day: string; time: string; weekday: number } {
  const [date = "", time = ""] = wall.split("T");
  const [year, month, day] = date.split("-").map(Number);
  const weekday = (new Date(Date.UTC(year ?? 1970, (month ?? 1) - 1, day ?? 1)).getUTCDay() + 6) % 7;
  return { day: date.split("-").reverse().join("/"), time: time.slice(0, 5), weekday };
}

/** `gio 26/11/2026 09:30` */
export function wallShort(wall: string): string {
  const { day, time, weekday } = parts(wall);
  return `${t(`weekday-${weekday}`)} ${day} ${time}`;
}

/** `giovedì 26/11/2026, ore 09:30` */
export function wallLong(wall: string): string {
  const { day, time, weekday } = parts(wall);
  return t("wall-long", { weekday: t(`day-${weekday}`), day, time });
}

/** `26/11/2026` of a date or an instant. */
export function dayOf(date: string): string {
  return date.slice(0, 10).split("-").reverse().join("/");
}

/** `giovedì 26/11/2026` */
export function dayLong(date: string): string {
  const { day, weekday } = parts(`${date}T`);
  return `${t(`day-${weekday}`)} ${day}`;
}

const clock = new Intl.DateTimeFormat("it-IT", { hour: "2-digit", minute: "2-digit", timeZone: "Europe/Rome" });
const stamp = new Intl.DateTimeFormat("it-IT", {
  day: "2-digit",
  month: "2-digit",
  year: "numeric",
  hour: "2-digit",
  minute: "2-digit",
  timeZone: "Europe/Rome",
});

/** `10:42` of an instant. */
export const clockOf = (instant: string): string => clock.format(new Date(instant));

/** `23/11/2026, 10:42` of an instant. */
export const stampOf = (instant: string): string => stamp.format(new Date(instant));

const nearStamp = new Intl.DateTimeFormat("it-IT", { day: "2-digit", month: "2-digit", hour: "2-digit", minute: "2-digit", timeZone: "Europe/Rome" });

/** `23/11 10:42` of an instant of these days. */
export const stampShort = (instant: string): string => nearStamp.format(new Date(instant)).replace(",", "");

/** `€ 36,15` of cents. */
export const euro = (cents: number): string =>
  new Intl.NumberFormat("it-IT", { style: "currency", currency: "EUR" }).format(cents / 100);

/** `gg/mm/aaaa` (or `g/m/aa`, with dots or hyphens) as `YYYY-MM-DD`; empty stays empty, no date is null. */
export function readDay(text: string): string | null {
  if (text.trim() === "") return "";
  const found = /^(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})$/.exec(text.trim()) ?? /^(\d{2})(\d{2})(\d{4})$/.exec(text.trim());
  if (!found) return null;
  const [day, month, year] = [Number(found[1]), Number(found[2]), Number(found[3])];
  const at = new Date(Date.UTC(year, month - 1, day));
  const real = at.getUTCFullYear() === year && at.getUTCMonth() === month - 1 && at.getUTCDate() === day;
  return real ? at.toISOString().slice(0, 10) : null;
}
