// The few icons used, bundled one by one: nothing is fetched.
import calendar from "bootstrap-italia/src/svg/it-calendar.svg?raw";
import good from "bootstrap-italia/src/svg/it-check-circle.svg?raw";
import wait from "bootstrap-italia/src/svg/it-clock.svg?raw";
import close from "bootstrap-italia/src/svg/it-close.svg?raw";
import bad from "bootstrap-italia/src/svg/it-close-circle.svg?raw";
import horn from "bootstrap-italia/src/svg/it-horn.svg?raw";
import queue from "bootstrap-italia/src/svg/it-inbox.svg?raw";
import info from "bootstrap-italia/src/svg/it-info-circle.svg?raw";
import place from "bootstrap-italia/src/svg/it-map-marker.svg?raw";
import print from "bootstrap-italia/src/svg/it-print.svg?raw";
import sync from "bootstrap-italia/src/svg/it-refresh.svg?raw";
import search from "bootstrap-italia/src/svg/it-search.svg?raw";
import phone from "bootstrap-italia/src/svg/it-telephone.svg?raw";
import guaranteed from "bootstrap-italia/src/svg/it-locked.svg?raw";
import warn from "bootstrap-italia/src/svg/it-warning-circle.svg?raw";

// Blanks between tags would count as text of whatever holds the icon.
const plain = (svg: string): string => svg.replace(/>\s+</g, "><").trim();

export const icons = {
  calendar: plain(calendar),
  good: plain(good),
  wait: plain(wait),
  close: plain(close),
  bad: plain(bad),
  horn: plain(horn),
  queue: plain(queue),
  info: plain(info),
  place: plain(place),
  print: plain(print),
  sync: plain(sync),
  search: plain(search),
  phone: plain(phone),
  guaranteed: plain(guaranteed),
  warn: plain(warn),
};

export type IconName = keyof typeof icons;
