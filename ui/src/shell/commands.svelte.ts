// Everything that can be done by a key, in one table: the keys, their help and the list of commands
// (Ctrl+K) all read it, so that nothing is reached by a key alone.

export interface Command {
  /** The message `command-<id>` names it. */
  id: string;
  /** As it is written: `F9`, `Ctrl+P`, `Alt+1`. */
  key?: string;
  /** Other keys that do the same, because keyboards differ. */
  also?: string[];
  run: () => void;
  /** Whether it can be done now. */
  ready?: () => boolean;
  /** Works over an open dialog too. */
  always?: boolean;
}

const ORDER = ["F1", "F2", "F3", "F4", "F5", "F6", "F8", "F9", "Ctrl+K", "Ctrl+P", "Alt+1", "Alt+2", "Alt+3"];
const rank = (command: Command) => {
  const at = ORDER.indexOf(command.key ?? "");
  return at < 0 ? ORDER.length : at;
};

export class Commands {
  private groups = $state.raw<Command[][]>([]);
  readonly all = $derived(this.groups.flat().sort((one, other) => rank(one) - rank(other)));

  /** Adds commands until the returned function is called. */
  add(group: Command[]): () => void {
    this.groups = [...this.groups, group];
    return () => {
      this.groups = this.groups.filter((one) => one !== group);
    };
  }

  /** Does a command by its id, if it can be done now. */
  run(id: string): void {
    this.all.find((one) => one.id === id && (one.ready?.() ?? true))?.run();
  }

  /** Does what a key stands for; says whether it stands for anything. */
  press(event: KeyboardEvent): boolean {
    const key = written(event);
    const meant = this.all.filter((one) => one.key === key || one.also?.includes(key));
    const dialog = document.querySelector("dialog[open]") !== null;
    // A key may mean one thing on one screen and another on the next; where it means nothing now it is
    // swallowed, because a browser would do something else with it.
    meant.find((one) => (!dialog || one.always) && (one.ready?.() ?? true))?.run();
    return meant.length > 0;
  }
}

/** A key as the table writes it. */
export function written(event: Pick<KeyboardEvent, "key" | "code" | "ctrlKey" | "altKey" | "metaKey">): string {
  // With Alt a keyboard may write other signs on its digits.
  const digit = event.altKey ? /^(?:Digit|Numpad)(\d)$/.exec(event.code)?.[1] : undefined;
  const key = digit ?? (event.key.length === 1 ? event.key.toUpperCase() : event.key);
  return `${event.ctrlKey || event.metaKey ? "Ctrl+" : ""}${event.altKey ? "Alt+" : ""}${key}`;
}

export const commands = new Commands();
