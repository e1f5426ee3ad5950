// One piece of work for everybody who asks at the same time.

/**
 * Shares the work for a key among all callers while it runs, and its value for some seconds after that if `keep` says so.
 * With `anew` a caller shares only what still runs.
 */
export function sharing<T>(seconds: number, keep: (value: T) => boolean) {
  const entries = new Map<string, { value: Promise<T>; until: number }>();
  return (key: string, work: () => Promise<T>, anew = false): Promise<T> => {
    for (const [old, { until }] of entries) if (until < Date.now()) entries.delete(old);
    const found = entries.get(key);
    if (found && !(anew && found.until < Infinity)) return found.value;
    const entry = { value: work(), until: Infinity };
    const kept = entry.value.then(keep, () => false);
    void kept.then((kept) => (entry.until = kept ? Date.now() + seconds * 1000 : 0));
    entries.set(key, entry);
    return entry.value;
  };
}
