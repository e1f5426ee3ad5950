// What each route takes and gives, computed from the generated types.

import type { Links, Routes } from "./generated/routes.gen.js";
import type { PageMeta } from "./generated/types.gen.js";

/** A route, as `METHOD /path` without `/api/v1`: `"GET /users/{id}"`. */
export type RouteName = keyof Routes;

/** A route that answers with a page of a list. */
export type ListName = {
  [K in RouteName]: Answer<K> extends { meta: { page: PageMeta } } ? K : never;
}[RouteName];

/** A route for the address bar or for another program: a redirect or a document. */
export type LinkName = keyof Links;

/** The `path`, `query` and `body` of a route: those that it has. */
export type Input<K extends RouteName | LinkName> = Present<Omit<(Routes & Links)[K]["input"], "url">>;

/** The `data` of a success. */
export type Data<K extends RouteName> = Answer<K> extends { data: infer T } ? T : never;

/** An item of a list. */
export type Item<K extends ListName> = Data<K> extends { items: (infer T)[] } ? T : never;

/** The arguments after the route: the input, which may be left out if nothing in it is required. */
export type Arguments<Sent> = Partial<Sent> extends Sent ? [input?: Sent] : [input: Sent];

type Answer<K extends RouteName> = K extends RouteName ? Routes[K]["answers"][keyof Routes[K]["answers"]] : never;

/** Without the properties that are `never`, so that editors do not offer them. */
type Present<T> = { [P in keyof T as [T[P]] extends [undefined] ? never : P]: T[P] };
