/** A constructor such as HTMLInputElement, whose instances are of type E. */
export interface ElementType<E extends Element> {
  new (): E;
  readonly name: string;
}

/** Properties to set on a new element. Setting `part` takes a string. */
export type Properties<E extends Element> = Partial<Omit<E, "part">> & { part?: string };
