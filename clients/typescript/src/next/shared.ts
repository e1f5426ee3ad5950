// One piece of work for everybody who asks at the same time.

/**
 * Shares the work for a key among all callers while it runs, and its value for some seconds after that if `keep` says so.
 */
export class Shared<T> {
  readonly #seconds: number;
  readonly #keep: (value: T) => boolean;
  readonly #entries = new Map<string, { value: Promise<T>; until: number }>();

  constructor(seconds: number, keep: (value: T) => boolean) {
    this.#seconds = seconds;
    this.#keep = keep;
  }

  /** Shares what runs or is kept; with `anew`, only what runs. */
  get(key: string, work: () => Promise<T>, anew = false): Promise<T> {
    for (const [old, { until }] of this.#entries) if (until < Date.now()) this.#entries.delete(old);
    const found = this.#entries.get(key);
    if (found && !(anew && found.until < Infinity)) return found.value;
    const entry = { value: work(), until: Infinity };
    this.#entries.set(key, entry);
    entry.value.then(
      (value) => (entry.until = this.#keep(value) ? Date.now() + this.#seconds * 1000 : 0),
      () => (entry.until = 0),
    );
    return entry.value;
  }
}
