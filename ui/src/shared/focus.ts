// What is pressed may go away with what it did: then the focus must not be lost.
import { tick } from "svelte";

/** After the screen has changed: if nothing has the focus any more, the element of an id takes it. */
export async function keepFocus(id: string): Promise<void> {
  await tick();
  const now = document.activeElement;
  if (now === null || now === document.body) document.getElementById(id)?.focus();
}
