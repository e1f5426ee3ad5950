import { createClient } from "palisade-client";

/** The client of all pages, so that their calls share a refresh. */
export const palisade = createClient();
