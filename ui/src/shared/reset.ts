// In the browser the state of a class stands behind accessors of its prototype, which Object.assign
// passes over; elsewhere it stands in fields.
export function reset<T extends object>(target: T, fresh: T): void {
  const accessors = Object.entries(Object.getOwnPropertyDescriptors(Object.getPrototypeOf(target) as object));
  const settable = accessors.filter(([, one]) => one.set !== undefined).map(([name]) => name);
  for (const name of [...settable, ...Object.keys(fresh)]) Reflect.set(target, name, Reflect.get(fresh, name));
}
