// Nobody touches keys or mouse: the desk locks, and says so a minute before.

/** Seconds of warning. */
export const WARNING = 60;

export class Idle {
  /** Seconds until the lock, while the warning stands. */
  left = $state<number | null>(null);
  private last: number;

  /** `minutes` 0 never locks; `lock` is called once the time is over. */
  constructor(
    private readonly minutes: () => number,
    private readonly lock: () => void,
    private readonly clock: () => number = Date.now,
  ) {
    this.last = clock();
  }

  /** Somebody is here. While the warning stands only an answer to it counts. */
  touched(): void {
    if (this.left === null) this.last = this.clock();
  }

  /** The warning was answered: the time begins anew. */
  stay(): void {
    this.left = null;
    this.last = this.clock();
  }

  /** Looks at the clock; called every second. A machine that slept through its time is locked at once. */
  look(): void {
    const minutes = this.minutes();
    if (minutes === 0) {
      this.stay();
      return;
    }
    const left = Math.ceil(minutes * 60 - (this.clock() - this.last) / 1000);
    if (left > WARNING) this.left = null;
    else if (left > 0) this.left = left;
    else {
      this.stay();
      this.lock();
    }
  }
}
